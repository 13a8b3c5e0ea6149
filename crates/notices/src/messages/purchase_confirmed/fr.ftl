### Un achat a rapporté des points.

subject = Vous avez gagné { $earned } chez { $brand }
preheader = Merci pour votre achat de { $amount }.
label = Points gagnés
heading = Merci pour votre achat
body = Votre achat de { $amount } chez { $brand } vous a rapporté { $earned }. Votre compte est déjà crédité.
reason = Vous recevez ce message car vous cumulez des points chez nous.
push-title = Vous avez gagné { $earned }
push-body = Merci pour votre achat de { $amount } chez { $brand }.
