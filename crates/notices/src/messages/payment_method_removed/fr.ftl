### Un moyen de paiement a été supprimé du compte.

subject = Un moyen de paiement a été supprimé de votre compte { $brand }
preheader = { $rest ->
    [another] Vos paiements continuent avec votre autre moyen de paiement.
    [unknown] Merci de vérifier vos moyens de paiement.
   *[none] Merci d’en ajouter un avant votre prochain paiement.
}
label = { $rest ->
    [another] Pour information
    [unknown] À vérifier
   *[none] Action requise
}
heading = Un moyen de paiement a été supprimé
body = { $rest ->
    [another] Un moyen de paiement a été supprimé de votre compte { $brand }. Vos paiements continuent avec l’autre moyen enregistré.
    [unknown] Un moyen de paiement a été supprimé de votre compte { $brand }. S’il s’agissait du seul, votre prochain paiement ne pourra pas être prélevé.
   *[none] Un moyen de paiement a été supprimé de votre compte { $brand }. Aucun autre n’est enregistré : votre prochain paiement ne pourra donc pas être prélevé.
}
next = { $rest ->
    [another] Vous n’avez rien à faire.
    [unknown] { $link ->
        [yes] Merci de vérifier qu’un moyen de paiement est enregistré avant votre prochaine échéance.
       *[no] Merci de vérifier dans votre compte qu’un moyen de paiement est enregistré avant votre prochaine échéance, ou de nous écrire.
    }
   *[none] { $link ->
        [yes] Merci d’ajouter un moyen de paiement avant votre prochaine échéance.
       *[no] Merci d’ajouter un moyen de paiement dans votre compte avant votre prochaine échéance, ou de nous écrire.
    }
}
action = { $rest ->
    [another] Voir mes moyens de paiement
    [unknown] Voir mes moyens de paiement
   *[none] Ajouter un moyen de paiement
}
note = Ce n’était pas vous ? Alors prévenez-nous tout de suite.
reason = Vous recevez ce message car votre compte a été modifié.
push-title = Moyen de paiement supprimé
push-body = { $rest ->
    [another] Vos paiements à { $brand } continuent avec votre autre moyen de paiement.
    [unknown] Merci de vérifier vos moyens de paiement chez { $brand }.
   *[none] Merci d’en ajouter un chez { $brand } avant votre prochain paiement.
}
