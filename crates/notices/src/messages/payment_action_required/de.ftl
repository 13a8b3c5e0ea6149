### Die Bank möchte, dass eine Zahlung bestätigt wird (3-D Secure).

subject = Bitte bestätigen Sie Ihre Zahlung über { $amount } an { $brand }
preheader = Ihre Bank möchte sichergehen, dass Sie es sind.
label = Bestätigung nötig
heading = Ihre Bank bittet um Bestätigung
body = Ihre Zahlung über { $amount } an { $brand } wartet. Bevor Ihre Bank sie freigibt, möchte sie sichergehen, dass Sie es sind.
next = { $link ->
    [yes] Bitte bestätigen Sie die Zahlung. Ihre Bank zeigt Ihnen wie, meist über ihre App oder mit einem Code.
   *[no] Bitte bestätigen Sie die Zahlung in Ihrem Konto, oder schreiben Sie uns.
}
action = Zahlung bestätigen
note = Solange Sie nicht bestätigen, wird nichts abgebucht.
reason = Sie erhalten diese Nachricht, weil eine Zahlung auf Ihren Namen auf Ihre Bestätigung wartet.
push-title = Zahlung bestätigen
push-body = Ihre Bank bittet Sie, { $amount } an { $brand } zu bestätigen.
