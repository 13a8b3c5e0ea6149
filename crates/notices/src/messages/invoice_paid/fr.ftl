### Une facture est réglée : le reçu.

subject = { $settlement ->
    [nothing-due] Votre facture { $brand } est réglée
   *[payment] Reçu : { $amount } payés à { $brand }
}
preheader = { $settlement ->
    [nothing-due] Il n’y avait rien à payer cette fois-ci.
   *[payment] Merci. Vous n’avez rien d’autre à faire.
}
label = { $settlement ->
    [nothing-due] Réglée
   *[payment] Payée
}
heading = { $settlement ->
    [nothing-due] Rien à payer cette fois-ci
   *[payment] Merci pour votre paiement
}
body = { $settlement ->
    [recorded] Nous avons enregistré votre paiement de { $amount }. Votre facture est réglée et vous n’avez rien d’autre à faire. Nous vous conseillons de conserver ce message.
    [nothing-due] Votre nouvelle facture s’élève à { $amount } : elle est donc déjà réglée et vous n’avez rien à faire. Nous vous conseillons de conserver ce message.
   *[payment] Nous avons bien reçu votre paiement de { $amount }. Votre facture est réglée et vous n’avez rien d’autre à faire. Nous vous conseillons de conserver ce message.
}
reason = Vous recevez ce message car une facture à votre nom a été réglée.
push-title = { $settlement ->
    [nothing-due] Rien à payer
   *[payment] Paiement reçu
}
push-body = { $settlement ->
    [nothing-due] Votre facture { $brand } est réglée. Il n’y avait rien à payer.
   *[payment] { $brand } a bien reçu votre paiement de { $amount }. Merci !
}
