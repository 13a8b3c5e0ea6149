### Remerciement pour un achat important.

subject = Merci pour votre bel achat chez { $brand }
preheader = Vous avez gagné { $earned } d’un seul coup.
label = Un grand merci
heading = Un achat qui compte
body = Merci pour votre achat de { $amount } chez { $brand }. Il compte beaucoup pour nous et vous rapporte { $earned } d’un seul coup.
meaning = Si quelque chose n’est pas parfait, écrivez-nous : nous nous en occuperons en priorité.
reason = Vous recevez ce message car vous cumulez des points chez nous.
push-title = { $earned } d’un seul coup
push-body = Merci pour votre achat de { $amount } chez { $brand }. Il compte beaucoup pour nous.
