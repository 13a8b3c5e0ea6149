### O acesso está suspenso porque falta algo.

subject = Seu acesso a { $brand } está suspenso
preheader = { $missing ->
    [method] Adicione uma forma de pagamento para ele voltar. Seus dados estão seguros.
    [subscription] Assine novamente para ele voltar. Seus dados estão seguros.
   *[payment] Pague e ele volta. Seus dados estão seguros.
}
label = Acesso suspenso
heading = Seu acesso está suspenso
body = { $missing ->
    [method] Nenhuma forma de pagamento está salva na sua conta em { $brand }, por isso suspendemos o seu acesso. Sua conta e tudo o que há nela estão preservados.
    [subscription] Sua assinatura de { $brand } terminou, por isso suspendemos o seu acesso. Sua conta e tudo o que há nela estão preservados.
   *[payment] Ainda falta um pagamento a { $brand }, por isso suspendemos o seu acesso. Sua conta e tudo o que há nela estão preservados.
}
next = { $missing ->
    [method] { $link ->
        [yes] Adicione uma forma de pagamento agora para que seu acesso possa voltar.
       *[no] Adicione uma forma de pagamento na sua conta ou escreva para nós, para que seu acesso possa voltar.
    }
    [subscription] { $link ->
        [yes] Se quiser voltar, assine novamente.
       *[no] Se quiser voltar, assine novamente pela sua conta ou escreva para nós.
    }
   *[payment] { $link ->
        [yes] Pague agora. Assim que o pagamento chegar, seu acesso volta automaticamente.
       *[no] Pague pela sua conta ou escreva para nós. Assim que o pagamento chegar, seu acesso volta automaticamente.
    }
}
reason = { $missing ->
    [method] Você recebeu esta mensagem porque sua conta não tem uma forma de pagamento.
    [subscription] Você recebeu esta mensagem porque sua assinatura terminou.
   *[payment] Você recebeu esta mensagem porque falta um pagamento do seu acesso.
}
push-title = Seu acesso está suspenso
push-body = { $missing ->
    [method] Nenhuma forma de pagamento está salva em { $brand }. Adicione uma para que seu acesso possa voltar.
    [subscription] Sua assinatura de { $brand } terminou.
   *[payment] Falta um pagamento a { $brand }. Pague e seu acesso volta automaticamente.
}
