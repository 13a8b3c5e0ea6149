### La prochaine facture d’un abonnement approche.

subject = { $when ->
    [known] Prochainement, le { $date } : { $amount } à { $brand }
   *[soon] Prochainement : { $amount } à { $brand }
}
preheader = { $payment ->
    [by-hand] Votre prochaine facture arrive bientôt.
   *[automatic] Vous n’avez rien à faire.
}
label = Prochainement
heading = Votre prochain paiement
body = { $payment ->
    [by-hand] { $when ->
        [known] Votre prochaine facture { $brand } s’élèvera à { $amount } et sera établie vers le { $date }. Nous vous l’enverrons pour règlement.
       *[soon] Votre prochaine facture { $brand } s’élèvera à { $amount } et sera établie bientôt. Nous vous l’enverrons pour règlement.
    }
   *[automatic] { $when ->
        [known] Votre prochain paiement à { $brand } sera d’environ { $amount }. Nous prévoyons de le prélever vers le { $date } sur votre moyen de paiement enregistré ; vous n’avez rien à faire.
       *[soon] Votre prochain paiement à { $brand } sera d’environ { $amount }. Nous prévoyons de le prélever bientôt sur votre moyen de paiement enregistré ; vous n’avez rien à faire.
    }
}
action = Gérer l’abonnement
reason = Vous recevez ce message car vous avez un abonnement.
push-title = Prochainement : { $amount }
push-body = { $when ->
    [known] Votre prochain paiement à { $brand } est prévu vers le { $date }.
   *[soon] Votre prochain paiement à { $brand } est prévu bientôt.
}
