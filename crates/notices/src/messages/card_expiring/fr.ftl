### La carte enregistrée arrive à expiration ou a expiré.

subject = { $state ->
    [expired] Votre carte { $card } a expiré
   *[expiring] Votre carte { $card } expire bientôt
}
preheader = Ajoutez votre nouvelle carte pour que vos paiements continuent sans interruption.
label = { $state ->
    [expired] Carte expirée
   *[expiring] Carte bientôt expirée
}
heading = { $state ->
    [expired] Votre carte a expiré
   *[expiring] Votre carte expire bientôt
}
body = { $state ->
    [expired] La carte { $card }, que vous utilisez chez { $brand }, était valable jusqu’à fin { $month }. Les paiements avec cette carte seront probablement refusés.
   *[expiring] La carte { $card }, que vous utilisez chez { $brand }, est valable jusqu’à fin { $month }. Ensuite, les paiements avec cette carte seront probablement refusés.
}
next = { $link ->
    [yes] Merci d’enregistrer votre nouvelle carte pour que vos paiements continuent sans interruption.
   *[no] Merci d’enregistrer votre nouvelle carte dans votre compte pour que vos paiements continuent sans interruption, ou de nous écrire.
}
note = Votre banque a déjà transmis la nouvelle date ? Dans ce cas, vous n’avez rien à faire.
reason = Vous recevez ce message car cette carte est enregistrée dans votre compte.
push-title = { $state ->
    [expired] Votre carte a expiré
   *[expiring] Votre carte expire bientôt
}
push-body = { $card }, { $month }. Merci d’enregistrer votre nouvelle carte chez { $brand }.
