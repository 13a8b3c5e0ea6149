### Un paiement a échoué et aucune autre tentative n’est prévue.

subject = Merci de régler votre facture { $brand } : { $amount }
preheader = Aucune autre tentative automatique n’est prévue. Merci de régler la facture vous-même.
label = Action requise
heading = Votre facture reste à régler
body = Nous n’avons pas pu prélever { $amount } pour votre facture { $brand }. Aucune autre tentative automatique n’est prévue : la facture reste due jusqu’à votre paiement.
next = { $link ->
    [yes] Merci de la payer maintenant, avec le moyen de paiement de votre choix. Cela prend environ une minute.
   *[no] Merci de la payer depuis votre compte, ou de nous écrire : nous trouverons une solution.
}
reason = Vous recevez ce message car le paiement d’une facture à votre nom a échoué.
push-title = Votre facture reste à régler
push-body = Merci de payer { $amount } à { $brand }. Aucune autre tentative automatique n’est prévue.
