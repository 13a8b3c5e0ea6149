### Quelques jours après un achat.

subject = { $offers ->
    [yes] Alors, cet achat ? Et une sélection pour vous
   *[no] Alors, cet achat ? Votre avis nous intéresse
}
preheader = { $offers ->
    [yes] Choisie selon vos goûts.
   *[no] Un mot de votre part nous aide à progresser.
}
label = Pour vous
heading = Votre achat vous plaît-il ?
body = Le { $date }, vous avez effectué un achat chez { $brand }. Nous espérons qu’il vous plaît. Si quelque chose ne va pas, écrivez-nous et nous arrangerons cela.
meaning = Vous avez maintenant { $balance }.
offers-title = Sélectionné pour vous
reason = Vous recevez ce message car vous avez accepté de recevoir nos offres.
push-title = Votre achat vous plaît-il ?
push-body = { $offers ->
    [yes] Nous avons préparé une sélection pour vous chez { $brand }.
   *[no] Nous espérons que votre achat chez { $brand } vous plaît.
}
