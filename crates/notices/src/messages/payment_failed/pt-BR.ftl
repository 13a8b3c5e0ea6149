### Um pagamento falhou e não é o fim. Nunca prometer uma nova tentativa.

subject = Seu pagamento de { $amount } a { $brand } não foi concluído
preheader = { $link ->
    [yes] Você pode pagar em um minuto, com a mesma forma de pagamento ou com outra.
   *[no] Verifique sua forma de pagamento.
}
label = Pagamento recusado
heading = Seu pagamento não foi concluído
body = { $retry ->
    [by-hand] Seu pagamento de { $amount } a { $brand } foi recusado. A fatura continua em aberto.
   *[planned] Tentamos cobrar { $amount } referentes à sua fatura de { $brand }, mas o pagamento foi recusado. Isso pode acontecer quando o cartão venceu, um limite foi atingido ou o banco quer fazer uma verificação.
}
next = { $retry ->
    [planned] { $link ->
        [yes] Há uma nova tentativa prevista para { $date }. Talvez ela não seja possível com a mesma forma de pagamento, por isso o mais seguro é pagar agora.
       *[no] Há uma nova tentativa prevista para { $date }. Talvez ela não seja possível com a mesma forma de pagamento: atualize-a na sua conta ou escreva para nós.
    }
    [due] { $link ->
        [yes] Uma nova tentativa pode ocorrer a qualquer momento. Talvez ela não seja possível com a mesma forma de pagamento, por isso o mais seguro é pagar agora.
       *[no] Uma nova tentativa pode ocorrer a qualquer momento. Talvez ela não seja possível com a mesma forma de pagamento: atualize-a na sua conta ou escreva para nós.
    }
   *[by-hand] { $link ->
        [yes] Tente novamente, se necessário com outra forma de pagamento.
       *[no] Tente novamente, se necessário com outra forma de pagamento, ou escreva para nós.
    }
}
reason = Você recebeu esta mensagem porque o pagamento de uma fatura em seu nome falhou.
push-title = Pagamento recusado
push-body = Seu pagamento de { $amount } a { $brand } não foi concluído. Verifique sua forma de pagamento.
