### Der Zugang ist unterbrochen, weil etwas fehlt.

subject = Ihr Zugang zu { $brand } ist unterbrochen
preheader = { $missing ->
    [method] Mit einer Zahlungsart kommt er zurück. Ihre Daten sind sicher.
    [subscription] Mit einem neuen Abonnement kommt er zurück. Ihre Daten sind sicher.
   *[payment] Sobald Sie bezahlen, ist er wieder da. Ihre Daten sind sicher.
}
label = Zugang unterbrochen
heading = Ihr Zugang ist unterbrochen
body = { $missing ->
    [method] In Ihrem Konto bei { $brand } ist keine Zahlungsart hinterlegt, deshalb haben wir Ihren Zugang unterbrochen. Ihr Konto und alles darin bleibt erhalten.
    [subscription] Ihr Abonnement bei { $brand } ist beendet, deshalb haben wir Ihren Zugang unterbrochen. Ihr Konto und alles darin bleibt erhalten.
   *[payment] Eine Zahlung an { $brand } fehlt noch immer, deshalb haben wir Ihren Zugang unterbrochen. Ihr Konto und alles darin bleibt erhalten.
}
next = { $missing ->
    [method] { $link ->
        [yes] Bitte hinterlegen Sie jetzt eine Zahlungsart, damit Ihr Zugang zurückkommen kann.
       *[no] Bitte hinterlegen Sie in Ihrem Konto eine Zahlungsart oder schreiben Sie uns, damit Ihr Zugang zurückkommen kann.
    }
    [subscription] { $link ->
        [yes] Wenn Sie zurückkommen möchten, schließen Sie bitte ein neues Abonnement ab.
       *[no] Wenn Sie zurückkommen möchten, schließen Sie bitte in Ihrem Konto ein neues Abonnement ab oder schreiben Sie uns.
    }
   *[payment] { $link ->
        [yes] Bitte bezahlen Sie jetzt. Sobald die Zahlung eingegangen ist, wird Ihr Zugang von selbst wieder freigeschaltet.
       *[no] Bitte bezahlen Sie in Ihrem Konto oder schreiben Sie uns. Sobald die Zahlung eingegangen ist, wird Ihr Zugang von selbst wieder freigeschaltet.
    }
}
reason = { $missing ->
    [method] Sie erhalten diese Nachricht, weil in Ihrem Konto keine Zahlungsart hinterlegt ist.
    [subscription] Sie erhalten diese Nachricht, weil Ihr Abonnement beendet ist.
   *[payment] Sie erhalten diese Nachricht, weil eine Zahlung für Ihren Zugang fehlt.
}
push-title = Ihr Zugang ist unterbrochen
push-body = { $missing ->
    [method] Bei { $brand } ist keine Zahlungsart hinterlegt. Fügen Sie eine hinzu, damit Ihr Zugang zurückkommen kann.
    [subscription] Ihr Abonnement bei { $brand } ist beendet.
   *[payment] Eine Zahlung an { $brand } fehlt. Sobald Sie bezahlen, ist Ihr Zugang wieder da.
}
