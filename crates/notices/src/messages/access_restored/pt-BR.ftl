### O pagamento que faltava chegou e o acesso voltou.

subject = Seu acesso a { $brand } voltou
preheader = Seu pagamento chegou. Obrigado.
label = Acesso restabelecido
heading = Que bom ter você de volta
body = Obrigado, seu pagamento chegou. Seu acesso a { $brand } voltou e tudo está onde você deixou. Não é preciso fazer mais nada.
reason = Você recebeu esta mensagem porque seu acesso mudou.
push-title = Que bom ter você de volta
push-body = Seu pagamento chegou e seu acesso a { $brand } voltou.
