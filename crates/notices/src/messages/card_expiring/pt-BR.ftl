### O cartão cadastrado vai vencer ou venceu.

subject = { $state ->
    [expired] Seu cartão { $card } venceu
   *[expiring] Seu cartão { $card } vence em breve
}
preheader = Cadastre seu novo cartão e seus pagamentos continuam sem interrupção.
label = { $state ->
    [expired] Cartão vencido
   *[expiring] Cartão perto de vencer
}
heading = { $state ->
    [expired] Seu cartão venceu
   *[expiring] Seu cartão vence em breve
}
body = { $state ->
    [expired] O cartão { $card }, que você usa em { $brand }, era válido até { $month }. Pagamentos com ele provavelmente serão recusados.
   *[expiring] O cartão { $card }, que você usa em { $brand }, é válido até { $month }. Depois disso, pagamentos com ele provavelmente serão recusados.
}
next = { $link ->
    [yes] Cadastre seu novo cartão para que seus pagamentos continuem sem interrupção.
   *[no] Cadastre seu novo cartão na sua conta para que seus pagamentos continuem sem interrupção, ou escreva para nós.
}
note = Seu banco já informou a nova data? Então você não precisa fazer nada.
reason = Você recebeu esta mensagem porque este cartão está cadastrado na sua conta.
push-title = { $state ->
    [expired] Seu cartão venceu
   *[expiring] Seu cartão vence em breve
}
push-body = { $card }, { $month }. Cadastre seu novo cartão em { $brand }.
