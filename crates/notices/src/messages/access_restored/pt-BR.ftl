### O que faltava chegou e o acesso voltou.

subject = Seu acesso a { $brand } voltou
preheader = { $paid ->
    [yes] Seu pagamento chegou. Obrigado.
   *[no] Tudo está onde você deixou.
}
label = Acesso restabelecido
heading = Que bom ter você de volta
body = { $paid ->
    [yes] Obrigado, seu pagamento chegou. Seu acesso a { $brand } voltou e tudo está onde você deixou. Não é preciso fazer mais nada.
   *[no] Seu acesso a { $brand } voltou e tudo está onde você deixou. Não é preciso fazer mais nada.
}
reason = Você recebeu esta mensagem porque seu acesso mudou.
push-title = Que bom ter você de volta
push-body = { $paid ->
    [yes] Seu pagamento chegou e seu acesso a { $brand } voltou.
   *[no] Seu acesso a { $brand } voltou.
}
