### O acesso está suspenso porque falta um pagamento.

subject = Seu acesso a { $brand } está suspenso
preheader = Pague e ele volta. Seus dados estão seguros.
label = Acesso suspenso
heading = Seu acesso está suspenso
body = Ainda falta um pagamento a { $brand }, por isso suspendemos o seu acesso. Sua conta e tudo o que há nela estão preservados.
next = { $link ->
    [yes] Pague agora. Assim que o pagamento chegar, seu acesso volta automaticamente.
   *[no] Pague pela sua conta ou escreva para nós. Assim que o pagamento chegar, seu acesso volta automaticamente.
}
reason = Você recebeu esta mensagem porque falta um pagamento do seu acesso.
push-title = Seu acesso está suspenso
push-body = Falta um pagamento a { $brand }. Pague e seu acesso volta automaticamente.
