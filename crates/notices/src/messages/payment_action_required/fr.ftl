### La banque demande la confirmation d’un paiement (3-D Secure).

subject = Merci de confirmer votre paiement de { $amount } à { $brand }
preheader = Votre banque veut s’assurer que c’est bien vous.
label = Confirmation requise
heading = Votre banque vous demande de confirmer
body = Votre paiement de { $amount } à { $brand } est en attente. Avant de l’autoriser, votre banque veut s’assurer que c’est bien vous.
next = { $link ->
    [yes] Merci de confirmer le paiement. Votre banque vous indiquera comment faire, en général avec son application ou un code.
   *[no] Merci de confirmer le paiement depuis votre compte ou de nous écrire.
}
action = Confirmer le paiement
note = Tant que vous n’avez pas confirmé, rien n’est débité.
reason = Vous recevez ce message car un paiement à votre nom attend votre confirmation.
push-title = Confirmez votre paiement
push-body = Votre banque vous demande de confirmer { $amount } à { $brand }.
