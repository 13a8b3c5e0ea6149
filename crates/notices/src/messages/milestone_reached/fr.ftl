### L’ensemble des achats a atteint un seuil.

subject = Une étape importante : { $milestone } chez { $brand }
preheader = Merci pour votre confiance depuis tout ce temps.
label = Étape franchie
heading = Vous avez franchi une étape
body = Le total de vos achats chez { $brand } a dépassé { $milestone }. Merci pour votre confiance depuis tout ce temps.
reason = Vous recevez ce message car vous cumulez des points chez nous.
push-title = Vous avez franchi une étape
push-body = { $milestone } chez { $brand }. Merci pour votre confiance.
