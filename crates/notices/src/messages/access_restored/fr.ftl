### Le paiement manquant est arrivé, l’accès est rétabli.

subject = Votre accès à { $brand } est rétabli
preheader = Votre paiement est arrivé. Merci.
label = Accès rétabli
heading = Heureux de vous revoir
body = Merci, votre paiement est bien arrivé. Votre accès à { $brand } est rétabli et vous retrouverez tout tel que vous l’avez laissé. Vous n’avez rien d’autre à faire.
reason = Vous recevez ce message car votre accès a changé.
push-title = Heureux de vous revoir
push-body = Votre paiement est arrivé et votre accès à { $brand } est rétabli.
