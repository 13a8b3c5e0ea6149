### Eine Zahlung fehlt; der Zugang bleibt bis zu einem Tag.

subject = Bitte bezahlen Sie bis zum { $date }, um Ihren Zugang zu { $brand } zu behalten
preheader = Eine Zahlung fehlt. Vorerst ändert sich für Sie nichts.
label = Zahlung fehlt
heading = Ihr Zugang bleibt vorerst bestehen
body = Eine Zahlung an { $brand } fehlt. Wir wissen, dass das vorkommen kann, deshalb bleibt Ihr Zugang bis zum { $date } wie gewohnt bestehen. Fehlt die Zahlung dann noch immer, müssen wir ihn unterbrechen.
next = { $link ->
    [yes] Bitte bezahlen Sie jetzt, dann bleibt alles, wie es ist.
   *[no] Bitte bezahlen Sie in Ihrem Konto oder schreiben Sie uns, dann bleibt alles, wie es ist.
}
reason = Sie erhalten diese Nachricht, weil eine Zahlung für Ihren Zugang fehlt.
push-title = Eine Zahlung fehlt
push-body = Bitte bezahlen Sie bis zum { $date }, um Ihren Zugang zu { $brand } zu behalten.
