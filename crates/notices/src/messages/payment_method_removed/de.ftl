### Eine Zahlungsart wurde aus dem Konto entfernt.

subject = Eine Zahlungsart wurde aus Ihrem Konto bei { $brand } entfernt
preheader = { $rest ->
    [another] Ihre Zahlungen laufen mit Ihrer anderen Zahlungsart weiter.
    [unknown] Bitte prüfen Sie Ihre Zahlungsarten.
   *[none] Bitte hinterlegen Sie vor Ihrer nächsten Zahlung eine neue.
}
label = { $rest ->
    [another] Zur Information
    [unknown] Bitte prüfen
   *[none] Bitte handeln
}
heading = Eine Zahlungsart wurde entfernt
body = { $rest ->
    [another] Aus Ihrem Konto bei { $brand } wurde eine Zahlungsart entfernt. Ihre Zahlungen laufen mit der anderen hinterlegten weiter.
    [unknown] Aus Ihrem Konto bei { $brand } wurde eine Zahlungsart entfernt. Falls es Ihre einzige war, kann Ihre nächste Zahlung nicht eingezogen werden.
   *[none] Aus Ihrem Konto bei { $brand } wurde eine Zahlungsart entfernt. Nun ist keine mehr hinterlegt, Ihre nächste Zahlung kann also nicht eingezogen werden.
}
next = { $rest ->
    [another] Sie müssen nichts tun.
    [unknown] { $link ->
        [yes] Bitte stellen Sie sicher, dass vor Ihrer nächsten Zahlung eine Zahlungsart hinterlegt ist.
       *[no] Bitte stellen Sie in Ihrem Konto sicher, dass vor Ihrer nächsten Zahlung eine Zahlungsart hinterlegt ist, oder schreiben Sie uns.
    }
   *[none] { $link ->
        [yes] Bitte hinterlegen Sie eine Zahlungsart, bevor Ihre nächste Zahlung fällig wird.
       *[no] Bitte hinterlegen Sie in Ihrem Konto eine Zahlungsart, bevor Ihre nächste Zahlung fällig wird, oder schreiben Sie uns.
    }
}
action = { $rest ->
    [another] Zahlungsarten ansehen
    [unknown] Zahlungsarten ansehen
   *[none] Zahlungsart hinterlegen
}
note = Waren Sie das nicht? Dann sagen Sie uns bitte sofort Bescheid.
reason = Sie erhalten diese Nachricht, weil sich in Ihrem Konto etwas geändert hat.
push-title = Zahlungsart entfernt
push-body = { $rest ->
    [another] Ihre Zahlungen an { $brand } laufen mit Ihrer anderen Zahlungsart weiter.
    [unknown] Bitte prüfen Sie Ihre Zahlungsarten bei { $brand }.
   *[none] Bitte hinterlegen Sie bei { $brand } vor Ihrer nächsten Zahlung eine neue.
}
