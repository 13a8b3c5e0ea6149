### Etwas fehlt; der Zugang bleibt bis zu einem Tag.

subject = { $missing ->
    [method] Bitte hinterlegen Sie bis zum { $date } eine Zahlungsart bei { $brand }
    [subscription] Ihr Zugang zu { $brand } endet am { $date }
   *[payment] Bitte bezahlen Sie bis zum { $date }, um Ihren Zugang zu { $brand } zu behalten
}
preheader = { $missing ->
    [method] Es ist keine Zahlungsart hinterlegt. Vorerst ändert sich für Sie nichts.
    [subscription] Ihr Abonnement ist beendet. Vorerst ändert sich für Sie nichts.
   *[payment] Eine Zahlung fehlt. Vorerst ändert sich für Sie nichts.
}
label = { $missing ->
    [method] Zahlungsart fehlt
    [subscription] Abonnement beendet
   *[payment] Zahlung fehlt
}
heading = Ihr Zugang bleibt vorerst bestehen
body = { $missing ->
    [method] In Ihrem Konto bei { $brand } ist keine Zahlungsart hinterlegt, deshalb kann Ihre nächste Zahlung nicht eingezogen werden. Ihr Zugang bleibt bis zum { $date } wie gewohnt bestehen. Fehlt die Zahlungsart dann noch immer, müssen wir ihn unterbrechen.
    [subscription] Ihr Abonnement bei { $brand } ist beendet. Ihr Zugang bleibt bis zum { $date } wie gewohnt bestehen.
   *[payment] Eine Zahlung an { $brand } fehlt. Wir wissen, dass das vorkommen kann, deshalb bleibt Ihr Zugang bis zum { $date } wie gewohnt bestehen. Fehlt die Zahlung dann noch immer, müssen wir ihn unterbrechen.
}
next = { $missing ->
    [method] { $link ->
        [yes] Bitte hinterlegen Sie jetzt eine Zahlungsart, dann bleibt alles, wie es ist.
       *[no] Bitte hinterlegen Sie in Ihrem Konto eine Zahlungsart oder schreiben Sie uns, dann bleibt alles, wie es ist.
    }
    [subscription] { $link ->
        [yes] Wenn Sie bleiben möchten, schließen Sie bitte vorher ein neues Abonnement ab.
       *[no] Wenn Sie bleiben möchten, schließen Sie bitte vorher in Ihrem Konto ein neues Abonnement ab oder schreiben Sie uns.
    }
   *[payment] { $link ->
        [yes] Bitte bezahlen Sie jetzt, dann bleibt alles, wie es ist.
       *[no] Bitte bezahlen Sie in Ihrem Konto oder schreiben Sie uns, dann bleibt alles, wie es ist.
    }
}
reason = { $missing ->
    [method] Sie erhalten diese Nachricht, weil in Ihrem Konto keine Zahlungsart hinterlegt ist.
    [subscription] Sie erhalten diese Nachricht, weil Ihr Abonnement beendet ist.
   *[payment] Sie erhalten diese Nachricht, weil eine Zahlung für Ihren Zugang fehlt.
}
push-title = { $missing ->
    [method] Zahlungsart fehlt
    [subscription] Ihr Abonnement ist beendet
   *[payment] Eine Zahlung fehlt
}
push-body = { $missing ->
    [method] Bitte hinterlegen Sie bis zum { $date } eine, um Ihren Zugang zu { $brand } zu behalten.
    [subscription] Ihr Zugang zu { $brand } bleibt bis zum { $date } bestehen.
   *[payment] Bitte bezahlen Sie bis zum { $date }, um Ihren Zugang zu { $brand } zu behalten.
}
