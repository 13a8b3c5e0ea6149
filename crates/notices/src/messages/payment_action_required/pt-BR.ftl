### O banco pede a confirmação de um pagamento (3-D Secure).

subject = Confirme seu pagamento de { $amount } a { $brand }
preheader = Seu banco quer ter certeza de que é você.
label = Confirmação necessária
heading = Seu banco pede que você confirme
body = Seu pagamento de { $amount } a { $brand } está aguardando. Antes de autorizá-lo, seu banco quer ter certeza de que é você.
next = { $link ->
    [yes] Confirme o pagamento. Seu banco mostrará como, geralmente pelo aplicativo ou com um código.
   *[no] Confirme o pagamento na sua conta ou escreva para nós.
}
action = Confirmar pagamento
note = Enquanto você não confirmar, nada será cobrado.
reason = Você recebeu esta mensagem porque um pagamento em seu nome aguarda a sua confirmação.
push-title = Confirme seu pagamento
push-body = Seu banco pede que você confirme { $amount } a { $brand }.
