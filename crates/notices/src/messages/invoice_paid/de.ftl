### Eine Rechnung ist beglichen: der Beleg.

subject = { $settlement ->
    [nothing-due] Ihre Rechnung von { $brand } ist beglichen
   *[payment] Zahlungsbeleg: { $amount } an { $brand }
}
preheader = { $settlement ->
    [nothing-due] Diesmal war nichts zu bezahlen.
   *[payment] Vielen Dank. Sie müssen nichts weiter tun.
}
label = { $settlement ->
    [nothing-due] Beglichen
   *[payment] Bezahlt
}
heading = { $settlement ->
    [nothing-due] Diesmal ist nichts zu bezahlen
   *[payment] Vielen Dank für Ihre Zahlung
}
body = { $settlement ->
    [recorded] Wir haben Ihre Zahlung über { $amount } verbucht. Ihre Rechnung ist damit beglichen, Sie müssen nichts weiter tun. Bitte bewahren Sie diese Nachricht für Ihre Unterlagen auf.
    [nothing-due] Ihre neue Rechnung beläuft sich auf { $amount }. Sie ist damit bereits beglichen, und Sie müssen nichts tun. Bitte bewahren Sie diese Nachricht für Ihre Unterlagen auf.
   *[payment] Wir haben Ihre Zahlung über { $amount } erhalten. Ihre Rechnung ist damit beglichen, Sie müssen nichts weiter tun. Bitte bewahren Sie diese Nachricht für Ihre Unterlagen auf.
}
reason = Sie erhalten diese Nachricht, weil eine Rechnung auf Ihren Namen beglichen wurde.
push-title = { $settlement ->
    [nothing-due] Nichts zu bezahlen
   *[payment] Zahlung erhalten
}
push-body = { $settlement ->
    [nothing-due] Ihre Rechnung von { $brand } ist beglichen. Es war nichts zu bezahlen.
   *[payment] { $brand } hat Ihre Zahlung über { $amount } erhalten. Vielen Dank!
}
