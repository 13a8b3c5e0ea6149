### L’accès est suspendu car il manque quelque chose.

subject = Votre accès à { $brand } est suspendu
preheader = { $missing ->
    [method] Ajoutez un moyen de paiement pour le rétablir. Vos données sont conservées.
    [subscription] Réabonnez-vous pour le rétablir. Vos données sont conservées.
   *[payment] Payez, et il sera rétabli. Vos données sont conservées.
}
label = Accès suspendu
heading = Votre accès est suspendu
body = { $missing ->
    [method] Aucun moyen de paiement n’est enregistré dans votre compte { $brand } : nous avons donc suspendu votre accès. Votre compte et tout son contenu sont conservés.
    [subscription] Votre abonnement à { $brand } a pris fin : nous avons donc suspendu votre accès. Votre compte et tout son contenu sont conservés.
   *[payment] Il manque toujours un paiement à { $brand } : nous avons donc suspendu votre accès. Votre compte et tout son contenu sont conservés.
}
next = { $missing ->
    [method] { $link ->
        [yes] Merci d’ajouter un moyen de paiement maintenant, afin que votre accès puisse être rétabli.
       *[no] Merci d’ajouter un moyen de paiement dans votre compte ou de nous écrire, afin que votre accès puisse être rétabli.
    }
    [subscription] { $link ->
        [yes] Si vous souhaitez revenir, merci de vous réabonner.
       *[no] Si vous souhaitez revenir, merci de vous réabonner depuis votre compte ou de nous écrire.
    }
   *[payment] { $link ->
        [yes] Merci de payer maintenant. Dès réception du paiement, votre accès sera rétabli automatiquement.
       *[no] Merci de payer depuis votre compte ou de nous écrire. Dès réception du paiement, votre accès sera rétabli automatiquement.
    }
}
reason = { $missing ->
    [method] Vous recevez ce message car aucun moyen de paiement n’est enregistré dans votre compte.
    [subscription] Vous recevez ce message car votre abonnement a pris fin.
   *[payment] Vous recevez ce message car il manque un paiement pour votre accès.
}
push-title = Votre accès est suspendu
push-body = { $missing ->
    [method] Aucun moyen de paiement n’est enregistré chez { $brand }. Ajoutez-en un pour que votre accès puisse être rétabli.
    [subscription] Votre abonnement à { $brand } a pris fin.
   *[payment] Il manque un paiement à { $brand }. Payez, et votre accès sera rétabli automatiquement.
}
