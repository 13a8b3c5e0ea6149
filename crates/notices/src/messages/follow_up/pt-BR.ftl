### Alguns dias depois de uma compra.

subject = { $offers ->
    [yes] Gostou da compra? E algo escolhido para você
   *[no] Gostou da compra? Queremos saber
}
preheader = { $offers ->
    [yes] Escolhido de acordo com o que você gosta.
   *[no] Sua opinião nos ajuda a melhorar.
}
label = Para você
heading = Gostou da compra?
body = Em { $date }, você comprou em { $brand }. Esperamos que esteja gostando. Se algo não estiver como deveria, escreva para nós e vamos resolver.
meaning = Agora você tem { $balance }.
offers-title = Escolhido para você
reason = Você recebeu esta mensagem porque aceitou receber ofertas.
push-title = Gostou da compra?
push-body = { $offers ->
    [yes] Escolhemos algo para você em { $brand }.
   *[no] Esperamos que esteja gostando da sua compra em { $brand }.
}
