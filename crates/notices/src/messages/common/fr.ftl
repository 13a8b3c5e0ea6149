### Mots communs à tous les messages. Vouvoiement ; espaces insécables devant les signes doubles.

greeting = Bonjour { $name },
greeting-without-name = Bonjour,

help = Une question ? Nous sommes là pour vous aider :

unsubscribe = Se désabonner

## Libellés.

fact-access-until = Accès jusqu’au
fact-amount-due = Montant
fact-amount-open = Montant dû
fact-amount-paid = Montant payé
fact-attempt = Tentative
fact-balance = Vos points
fact-card = Carte
fact-date = Date
fact-due = Échéance
fact-expires = Valable jusqu’à fin
fact-invoice = Facture
fact-milestone = Étape franchie
fact-next-attempt = Prochaine tentative prévue
fact-points-earned = Vous avez gagné
fact-purchase = Achat
fact-removed = Supprimé le
fact-tier = Votre nouveau statut

## Boutons.

action-add-method = Ajouter un moyen de paiement
action-open = Ouvrir { $brand }
action-pay = Payer { $amount }
action-rewards = Voir mes points et avantages
action-settle = Payer maintenant
action-shop = Aller sur { $brand }
action-update-method = Mettre à jour le moyen de paiement
action-view-invoice = Voir la facture

## Remarques.

already-paid = Vous avez déjà payé ? Dans ce cas, ne tenez pas compte de ce message.

## Points et récompenses.

points = { $plural ->
    [one] { $number } point
    [many] { $number } de points
   *[other] { $number } points
}
progress = Plus que { $missing } avant { $next-tier }
granted-credit = Pour vous remercier, nous avons crédité votre compte de { $credit }. Ce crédit sera déduit automatiquement de votre prochaine facture.
granted-code = { $discount-kind ->
    [percent] Pour vous remercier, nous vous offrons { $discount } % de réduction sur votre prochain achat. Saisissez ce code au moment de payer :
   *[amount] Pour vous remercier, nous vous offrons { $discount } de réduction sur votre prochain achat. Saisissez ce code au moment de payer :
}
granted-code-expires = Ce code est valable jusqu’au { $expires }.
offer-expires = Jusqu’au { $expires }
