### Falta um pagamento; o acesso continua até uma data.

subject = Pague até { $date } para manter seu acesso a { $brand }
preheader = Falta um pagamento. Por enquanto, nada muda para você.
label = Pagamento pendente
heading = Por enquanto, seu acesso continua
body = Falta um pagamento a { $brand }. Sabemos que isso pode acontecer, por isso seu acesso continua normalmente até { $date }. Se o pagamento ainda estiver faltando nessa data, teremos que suspendê-lo.
next = { $link ->
    [yes] Pague agora e tudo continua como está.
   *[no] Pague pela sua conta ou escreva para nós, e tudo continua como está.
}
reason = Você recebeu esta mensagem porque falta um pagamento do seu acesso.
push-title = Falta um pagamento
push-body = Pague até { $date } para manter seu acesso a { $brand }.
