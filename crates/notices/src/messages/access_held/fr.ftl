### L’accès est suspendu car il manque un paiement.

subject = Votre accès à { $brand } est suspendu
preheader = Payez, et il sera rétabli. Vos données sont conservées.
label = Accès suspendu
heading = Votre accès est suspendu
body = Il manque toujours un paiement à { $brand } : nous avons donc suspendu votre accès. Votre compte et tout son contenu sont conservés.
next = { $link ->
    [yes] Merci de payer maintenant. Dès réception du paiement, votre accès sera rétabli automatiquement.
   *[no] Merci de payer depuis votre compte ou de nous écrire. Dès réception du paiement, votre accès sera rétabli automatiquement.
}
reason = Vous recevez ce message car il manque un paiement pour votre accès.
push-title = Votre accès est suspendu
push-body = Il manque un paiement à { $brand }. Payez, et votre accès sera rétabli automatiquement.
