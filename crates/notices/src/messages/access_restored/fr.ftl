### Ce qui manquait est arrivé, l’accès est rétabli.

subject = Votre accès à { $brand } est rétabli
preheader = { $paid ->
    [yes] Votre paiement est arrivé. Merci.
   *[no] Vous retrouverez tout tel que vous l’avez laissé.
}
label = Accès rétabli
heading = Heureux de vous revoir
body = { $paid ->
    [yes] Merci, votre paiement est bien arrivé. Votre accès à { $brand } est rétabli et vous retrouverez tout tel que vous l’avez laissé. Vous n’avez rien d’autre à faire.
   *[no] Votre accès à { $brand } est rétabli et vous retrouverez tout tel que vous l’avez laissé. Vous n’avez rien d’autre à faire.
}
reason = Vous recevez ce message car votre accès a changé.
push-title = Heureux de vous revoir
push-body = { $paid ->
    [yes] Votre paiement est arrivé et votre accès à { $brand } est rétabli.
   *[no] Votre accès à { $brand } est rétabli.
}
