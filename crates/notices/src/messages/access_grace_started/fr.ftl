### Un paiement manque ; l’accès continue jusqu’à une date.

subject = Merci de payer avant le { $date } pour garder votre accès à { $brand }
preheader = Il manque un paiement. Pour l’instant, rien ne change pour vous.
label = Paiement manquant
heading = Votre accès continue pour l’instant
body = Il manque un paiement à { $brand }. Nous savons que cela peut arriver : votre accès continue donc normalement jusqu’au { $date }. Si le paiement manque encore à cette date, nous devrons le suspendre.
next = { $link ->
    [yes] Merci de payer maintenant, et rien ne changera pour vous.
   *[no] Merci de payer depuis votre compte ou de nous écrire, et rien ne changera pour vous.
}
reason = Vous recevez ce message car il manque un paiement pour votre accès.
push-title = Il manque un paiement
push-body = Merci de payer avant le { $date } pour garder votre accès à { $brand }.
