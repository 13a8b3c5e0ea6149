### Eine Zahlung ist fehlgeschlagen, und es ist nicht das Ende. Nie einen neuen Versuch versprechen.

subject = Ihre Zahlung über { $amount } an { $brand } hat nicht geklappt
preheader = { $link ->
    [yes] Sie können in einer Minute bezahlen, mit derselben oder einer anderen Zahlungsart.
   *[no] Bitte prüfen Sie Ihre Zahlungsart.
}
label = Zahlung fehlgeschlagen
heading = Ihre Zahlung hat nicht geklappt
body = { $retry ->
    [by-hand] Ihre Zahlung über { $amount } an { $brand } wurde abgelehnt. Die Rechnung ist weiterhin offen.
   *[planned] Wir haben versucht, { $amount } für Ihre Rechnung von { $brand } einzuziehen, doch die Zahlung wurde abgelehnt. Das kann vorkommen, wenn eine Karte abgelaufen ist, ein Limit erreicht ist oder die Bank nachfragen möchte.
}
next = { $retry ->
    [planned] { $link ->
        [yes] Ein neuer Versuch ist für den { $date } geplant. Mit derselben Zahlungsart ist er vielleicht nicht möglich, am sichersten bezahlen Sie daher gleich jetzt.
       *[no] Ein neuer Versuch ist für den { $date } geplant. Mit derselben Zahlungsart ist er vielleicht nicht möglich. Bitte aktualisieren Sie sie in Ihrem Konto oder schreiben Sie uns.
    }
    [due] { $link ->
        [yes] Ein neuer Versuch kann jederzeit folgen. Mit derselben Zahlungsart ist er vielleicht nicht möglich, am sichersten bezahlen Sie daher gleich jetzt.
       *[no] Ein neuer Versuch kann jederzeit folgen. Mit derselben Zahlungsart ist er vielleicht nicht möglich. Bitte aktualisieren Sie sie in Ihrem Konto oder schreiben Sie uns.
    }
   *[by-hand] { $link ->
        [yes] Bitte versuchen Sie es noch einmal, bei Bedarf mit einer anderen Zahlungsart.
       *[no] Bitte versuchen Sie es noch einmal, bei Bedarf mit einer anderen Zahlungsart, oder schreiben Sie uns.
    }
}
reason = Sie erhalten diese Nachricht, weil eine Zahlung für eine Rechnung auf Ihren Namen fehlgeschlagen ist.
push-title = Zahlung fehlgeschlagen
push-body = Ihre Zahlung über { $amount } an { $brand } hat nicht geklappt. Bitte prüfen Sie Ihre Zahlungsart.
