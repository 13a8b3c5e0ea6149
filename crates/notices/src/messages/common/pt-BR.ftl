### Palavras comuns a todas as mensagens. Tratamento por você.

greeting = Olá, { $name }!
greeting-without-name = Olá!

help = Dúvidas? Estamos aqui para ajudar:

unsubscribe = Cancelar inscrição

## Rótulos.

fact-access-until = Acesso até
fact-amount-due = Valor
fact-amount-open = Valor em aberto
fact-amount-paid = Valor pago
fact-attempt = Tentativa
fact-balance = Seus pontos
fact-card = Cartão
fact-date = Data
fact-due = Vencimento
fact-expires = Válido até
fact-invoice = Fatura
fact-milestone = Seu marco
fact-next-attempt = Próxima tentativa prevista
fact-points-earned = Você ganhou
fact-purchase = Compra
fact-removed = Removido em
fact-tier = Seu novo nível

## Botões.

action-add-method = Adicionar forma de pagamento
action-open = Abrir { $brand }
action-pay = Pagar { $amount }
action-rewards = Ver meus pontos e benefícios
action-settle = Pagar agora
action-shop = Ir para { $brand }
action-update-method = Atualizar forma de pagamento
action-view-invoice = Ver fatura

## Observações.

already-paid = Já pagou? Então desconsidere esta mensagem.

## Pontos e recompensas.

points = { $plural ->
    [one] { $number } ponto
    [many] { $number } de pontos
   *[other] { $number } pontos
}
progress = { $missing-plural ->
    [one] Falta { $missing } para chegar a { $next-tier }
   *[other] Faltam { $missing } para chegar a { $next-tier }
}
granted-credit = Como agradecimento, adicionamos um crédito de { $credit } à sua conta. Ele será descontado automaticamente da sua próxima fatura.
granted-code = { $discount-kind ->
    [percent] Como agradecimento, você tem { $discount }% de desconto na próxima compra. Digite este código ao finalizar o pedido:
   *[amount] Como agradecimento, você tem { $discount } de desconto na próxima compra. Digite este código ao finalizar o pedido:
}
granted-code-expires = O código é válido até { $expires }.
offer-expires = Até { $expires }
