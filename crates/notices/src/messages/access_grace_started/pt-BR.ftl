### Falta algo; o acesso continua até uma data.

subject = { $missing ->
    [method] Adicione uma forma de pagamento em { $brand } até { $date }
    [subscription] Seu acesso a { $brand } termina em { $date }
   *[payment] Pague até { $date } para manter seu acesso a { $brand }
}
preheader = { $missing ->
    [method] Nenhuma forma de pagamento está salva. Por enquanto, nada muda para você.
    [subscription] Sua assinatura terminou. Por enquanto, nada muda para você.
   *[payment] Falta um pagamento. Por enquanto, nada muda para você.
}
label = { $missing ->
    [method] Falta uma forma de pagamento
    [subscription] Assinatura encerrada
   *[payment] Pagamento pendente
}
heading = Por enquanto, seu acesso continua
body = { $missing ->
    [method] Nenhuma forma de pagamento está salva na sua conta em { $brand }, por isso seu próximo pagamento não poderá ser cobrado. Seu acesso continua normalmente até { $date }. Se ainda faltar uma forma de pagamento nessa data, teremos que suspendê-lo.
    [subscription] Sua assinatura de { $brand } terminou. Seu acesso continua normalmente até { $date }.
   *[payment] Falta um pagamento a { $brand }. Sabemos que isso pode acontecer, por isso seu acesso continua normalmente até { $date }. Se o pagamento ainda estiver faltando nessa data, teremos que suspendê-lo.
}
next = { $missing ->
    [method] { $link ->
        [yes] Adicione uma forma de pagamento agora e tudo continua como está.
       *[no] Adicione uma forma de pagamento na sua conta ou escreva para nós, e tudo continua como está.
    }
    [subscription] { $link ->
        [yes] Se quiser ficar, assine novamente antes dessa data.
       *[no] Se quiser ficar, assine novamente pela sua conta antes dessa data ou escreva para nós.
    }
   *[payment] { $link ->
        [yes] Pague agora e tudo continua como está.
       *[no] Pague pela sua conta ou escreva para nós, e tudo continua como está.
    }
}
reason = { $missing ->
    [method] Você recebeu esta mensagem porque sua conta não tem uma forma de pagamento.
    [subscription] Você recebeu esta mensagem porque sua assinatura terminou.
   *[payment] Você recebeu esta mensagem porque falta um pagamento do seu acesso.
}
push-title = { $missing ->
    [method] Falta uma forma de pagamento
    [subscription] Sua assinatura terminou
   *[payment] Falta um pagamento
}
push-body = { $missing ->
    [method] Adicione uma até { $date } para manter seu acesso a { $brand }.
    [subscription] Seu acesso a { $brand } continua até { $date }.
   *[payment] Pague até { $date } para manter seu acesso a { $brand }.
}
