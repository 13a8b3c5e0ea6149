### Uma fatura foi quitada: o recibo.

subject = { $settlement ->
    [nothing-due] Sua fatura de { $brand } está quitada
   *[payment] Recibo: { $amount } pagos a { $brand }
}
preheader = { $settlement ->
    [nothing-due] Desta vez não havia nada a pagar.
   *[payment] Obrigado. Não é preciso fazer mais nada.
}
label = { $settlement ->
    [nothing-due] Quitada
   *[payment] Paga
}
heading = { $settlement ->
    [nothing-due] Nada a pagar desta vez
   *[payment] Obrigado pelo seu pagamento
}
body = { $settlement ->
    [recorded] Registramos o seu pagamento de { $amount }. Sua fatura está quitada e não é preciso fazer mais nada. Recomendamos guardar esta mensagem.
    [nothing-due] Sua nova fatura ficou em { $amount }, portanto já está quitada e não é preciso fazer nada. Recomendamos guardar esta mensagem.
   *[payment] Recebemos o seu pagamento de { $amount }. Sua fatura está quitada e não é preciso fazer mais nada. Recomendamos guardar esta mensagem.
}
reason = Você recebeu esta mensagem porque uma fatura em seu nome foi quitada.
push-title = { $settlement ->
    [nothing-due] Nada a pagar
   *[payment] Pagamento recebido
}
push-body = { $settlement ->
    [nothing-due] Sua fatura de { $brand } está quitada. Não havia nada a pagar.
   *[payment] { $brand } recebeu o seu pagamento de { $amount }. Obrigado!
}
