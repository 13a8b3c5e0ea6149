### Un nouveau statut est atteint.

subject = Vous avez maintenant le statut { $tier }. Félicitations !
preheader = Voici ce que votre nouveau statut chez { $brand } vous apporte.
label = Nouveau statut
heading = Bienvenue au statut { $tier }
body = Avec { $balance }, vous avez atteint le statut { $tier } chez { $brand }. Félicitations, et merci pour votre fidélité.
benefits = Vos avantages dès aujourd’hui
reason = Vous recevez ce message car vous cumulez des points chez nous.
push-title = Bienvenue au statut { $tier }
push-body = Vous avez atteint un nouveau statut chez { $brand }. Découvrez ce qu’il vous apporte.
