### Eine Zahlung ist fehlgeschlagen, und kein weiterer Versuch ist geplant.

subject = Bitte begleichen Sie Ihre offene Rechnung: { $amount } an { $brand }
preheader = Es ist kein weiterer automatischer Versuch geplant. Bitte bezahlen Sie die Rechnung selbst.
label = Bitte handeln
heading = Ihre Rechnung ist noch offen
body = Wir konnten { $amount } für Ihre Rechnung von { $brand } nicht einziehen. Ein weiterer automatischer Versuch ist nicht geplant, die Rechnung bleibt also offen, bis Sie sie bezahlen.
next = { $link ->
    [yes] Bitte bezahlen Sie sie jetzt, mit jeder Zahlungsart, die Ihnen zusagt. Es dauert etwa eine Minute.
   *[no] Bitte bezahlen Sie sie in Ihrem Konto, oder schreiben Sie uns, und wir finden einen Weg.
}
reason = Sie erhalten diese Nachricht, weil eine Zahlung für eine Rechnung auf Ihren Namen fehlgeschlagen ist.
push-title = Ihre Rechnung ist noch offen
push-body = Bitte bezahlen Sie { $amount } an { $brand }. Es ist kein weiterer automatischer Versuch geplant.
