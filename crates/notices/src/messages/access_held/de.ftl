### Der Zugang ist unterbrochen, weil eine Zahlung fehlt.

subject = Ihr Zugang zu { $brand } ist unterbrochen
preheader = Sobald Sie bezahlen, ist er wieder da. Ihre Daten sind sicher.
label = Zugang unterbrochen
heading = Ihr Zugang ist unterbrochen
body = Eine Zahlung an { $brand } fehlt noch immer, deshalb haben wir Ihren Zugang unterbrochen. Ihr Konto und alles darin bleibt erhalten.
next = { $link ->
    [yes] Bitte bezahlen Sie jetzt. Sobald die Zahlung eingegangen ist, wird Ihr Zugang von selbst wieder freigeschaltet.
   *[no] Bitte bezahlen Sie in Ihrem Konto oder schreiben Sie uns. Sobald die Zahlung eingegangen ist, wird Ihr Zugang von selbst wieder freigeschaltet.
}
reason = Sie erhalten diese Nachricht, weil eine Zahlung für Ihren Zugang fehlt.
push-title = Ihr Zugang ist unterbrochen
push-body = Eine Zahlung an { $brand } fehlt. Sobald Sie bezahlen, ist Ihr Zugang wieder da.
