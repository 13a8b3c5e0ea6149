### Um pagamento falhou e nenhuma outra tentativa está prevista.

subject = Pague sua fatura em aberto: { $amount } a { $brand }
preheader = Nenhuma outra tentativa automática está prevista. Por favor, pague a fatura você mesmo.
label = Ação necessária
heading = Sua fatura continua em aberto
body = Não conseguimos cobrar { $amount } referentes à sua fatura de { $brand }. Nenhuma outra tentativa automática está prevista, portanto a fatura ficará em aberto até você pagar.
next = { $link ->
    [yes] Pague agora com a forma de pagamento que preferir. Leva cerca de um minuto.
   *[no] Pague pela sua conta ou escreva para nós, e encontraremos uma solução.
}
reason = Você recebeu esta mensagem porque o pagamento de uma fatura em seu nome falhou.
push-title = Sua fatura continua em aberto
push-body = Pague { $amount } a { $brand }. Nenhuma outra tentativa automática está prevista.
