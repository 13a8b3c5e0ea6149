### Un paiement a échoué, et ce n’est pas fini. Ne jamais promettre de nouvelle tentative.

subject = Votre paiement de { $amount } à { $brand } n’a pas abouti
preheader = { $link ->
    [yes] Vous pouvez payer en une minute, avec le même moyen de paiement ou un autre.
   *[no] Merci de vérifier votre moyen de paiement.
}
label = Paiement refusé
heading = Votre paiement n’a pas abouti
body = { $retry ->
    [by-hand] Votre paiement de { $amount } à { $brand } a été refusé. La facture reste à régler.
   *[planned] Nous avons tenté de prélever { $amount } pour votre facture { $brand }, mais le paiement a été refusé. Cela peut arriver lorsqu’une carte a expiré, qu’un plafond est atteint ou que la banque souhaite une vérification.
}
next = { $retry ->
    [planned] { $link ->
        [yes] Une nouvelle tentative est prévue le { $date }. Elle ne sera peut-être pas possible avec le même moyen de paiement : le plus sûr est de payer maintenant.
       *[no] Une nouvelle tentative est prévue le { $date }. Elle ne sera peut-être pas possible avec le même moyen de paiement : mettez-le à jour dans votre compte ou écrivez-nous.
    }
    [due] { $link ->
        [yes] Une nouvelle tentative peut avoir lieu à tout moment. Elle ne sera peut-être pas possible avec le même moyen de paiement : le plus sûr est de payer maintenant.
       *[no] Une nouvelle tentative peut avoir lieu à tout moment. Elle ne sera peut-être pas possible avec le même moyen de paiement : mettez-le à jour dans votre compte ou écrivez-nous.
    }
   *[by-hand] { $link ->
        [yes] Merci de réessayer, au besoin avec un autre moyen de paiement.
       *[no] Merci de réessayer, au besoin avec un autre moyen de paiement, ou de nous écrire.
    }
}
reason = Vous recevez ce message car le paiement d’une facture à votre nom a échoué.
push-title = Paiement refusé
push-body = Votre paiement de { $amount } à { $brand } n’a pas abouti. Merci de vérifier votre moyen de paiement.
