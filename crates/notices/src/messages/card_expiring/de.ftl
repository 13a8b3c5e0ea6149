### Die hinterlegte Karte läuft ab oder ist abgelaufen.

subject = { $state ->
    [expired] Ihre Karte { $card } ist abgelaufen
   *[expiring] Ihre Karte { $card } läuft bald ab
}
preheader = Hinterlegen Sie Ihre neue Karte, dann laufen Ihre Zahlungen ohne Unterbrechung weiter.
label = { $state ->
    [expired] Karte abgelaufen
   *[expiring] Karte läuft bald ab
}
heading = { $state ->
    [expired] Ihre Karte ist abgelaufen
   *[expiring] Ihre Karte läuft bald ab
}
body = { $state ->
    [expired] Die Karte { $card }, die Sie bei { $brand } verwenden, war gültig bis { $month }. Zahlungen damit werden voraussichtlich abgelehnt.
   *[expiring] Die Karte { $card }, die Sie bei { $brand } verwenden, ist gültig bis { $month }. Danach werden Zahlungen damit voraussichtlich abgelehnt.
}
next = { $link ->
    [yes] Bitte hinterlegen Sie Ihre neue Karte, damit Ihre Zahlungen ohne Unterbrechung weiterlaufen.
   *[no] Bitte hinterlegen Sie Ihre neue Karte in Ihrem Konto, damit Ihre Zahlungen ohne Unterbrechung weiterlaufen, oder schreiben Sie uns.
}
note = Hat Ihre Bank das neue Datum schon übermittelt? Dann müssen Sie nichts tun.
reason = Sie erhalten diese Nachricht, weil diese Karte in Ihrem Konto hinterlegt ist.
push-title = { $state ->
    [expired] Ihre Karte ist abgelaufen
   *[expiring] Ihre Karte läuft bald ab
}
push-body = { $card }, { $month }. Bitte hinterlegen Sie Ihre neue Karte bei { $brand }.
