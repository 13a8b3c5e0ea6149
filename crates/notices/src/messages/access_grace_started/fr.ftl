### Il manque quelque chose ; l’accès continue jusqu’à une date.

subject = { $missing ->
    [method] Merci d’ajouter un moyen de paiement chez { $brand } avant le { $date }
    [subscription] Votre accès à { $brand } prend fin le { $date }
   *[payment] Merci de payer avant le { $date } pour garder votre accès à { $brand }
}
preheader = { $missing ->
    [method] Aucun moyen de paiement n’est enregistré. Pour l’instant, rien ne change pour vous.
    [subscription] Votre abonnement a pris fin. Pour l’instant, rien ne change pour vous.
   *[payment] Il manque un paiement. Pour l’instant, rien ne change pour vous.
}
label = { $missing ->
    [method] Moyen de paiement manquant
    [subscription] Abonnement terminé
   *[payment] Paiement manquant
}
heading = Votre accès continue pour l’instant
body = { $missing ->
    [method] Aucun moyen de paiement n’est enregistré dans votre compte { $brand } : votre prochain paiement ne pourra donc pas être prélevé. Votre accès continue normalement jusqu’au { $date }. Si le moyen de paiement manque encore à cette date, nous devrons le suspendre.
    [subscription] Votre abonnement à { $brand } a pris fin. Votre accès continue normalement jusqu’au { $date }.
   *[payment] Il manque un paiement à { $brand }. Nous savons que cela peut arriver : votre accès continue donc normalement jusqu’au { $date }. Si le paiement manque encore à cette date, nous devrons le suspendre.
}
next = { $missing ->
    [method] { $link ->
        [yes] Merci d’ajouter un moyen de paiement maintenant, et rien ne changera pour vous.
       *[no] Merci d’ajouter un moyen de paiement dans votre compte ou de nous écrire, et rien ne changera pour vous.
    }
    [subscription] { $link ->
        [yes] Si vous souhaitez rester, merci de vous réabonner avant cette date.
       *[no] Si vous souhaitez rester, merci de vous réabonner depuis votre compte avant cette date ou de nous écrire.
    }
   *[payment] { $link ->
        [yes] Merci de payer maintenant, et rien ne changera pour vous.
       *[no] Merci de payer depuis votre compte ou de nous écrire, et rien ne changera pour vous.
    }
}
reason = { $missing ->
    [method] Vous recevez ce message car aucun moyen de paiement n’est enregistré dans votre compte.
    [subscription] Vous recevez ce message car votre abonnement a pris fin.
   *[payment] Vous recevez ce message car il manque un paiement pour votre accès.
}
push-title = { $missing ->
    [method] Il manque un moyen de paiement
    [subscription] Votre abonnement a pris fin
   *[payment] Il manque un paiement
}
push-body = { $missing ->
    [method] Merci d’en ajouter un avant le { $date } pour garder votre accès à { $brand }.
    [subscription] Votre accès à { $brand } continue jusqu’au { $date }.
   *[payment] Merci de payer avant le { $date } pour garder votre accès à { $brand }.
}
