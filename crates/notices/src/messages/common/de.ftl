### Wörter, die alle Nachrichten teilen. Förmliche Anrede.

greeting = Guten Tag { $name },
greeting-without-name = Guten Tag,

help = Fragen? Wir helfen Ihnen gerne:

unsubscribe = Abbestellen

## Bezeichnungen.

fact-access-until = Zugang bis
fact-amount-due = Betrag
fact-amount-open = Offener Betrag
fact-amount-paid = Bezahlter Betrag
fact-attempt = Versuch
fact-balance = Ihre Punkte
fact-card = Karte
fact-date = Datum
fact-due = Fällig am
fact-expires = Gültig bis
fact-invoice = Rechnung
fact-milestone = Ihr Meilenstein
fact-next-attempt = Nächster Versuch geplant
fact-points-earned = Gesammelt
fact-purchase = Einkauf
fact-removed = Entfernt am
fact-tier = Ihr neuer Status

## Schaltflächen.

action-add-method = Zahlungsart hinterlegen
action-open = { $brand } öffnen
action-pay = { $amount } bezahlen
action-rewards = Punkte und Vorteile ansehen
action-settle = Jetzt bezahlen
action-shop = Zu { $brand }
action-update-method = Zahlungsart aktualisieren
action-view-invoice = Rechnung ansehen

## Hinweise.

already-paid = Schon bezahlt? Dann betrachten Sie diese Nachricht bitte als gegenstandslos.

## Punkte und Prämien.

points = { $plural ->
    [one] { $number } Punkt
   *[other] { $number } Punkte
}
progress = Noch { $missing } bis { $next-tier }
granted-credit = Als Dankeschön haben wir Ihrem Konto { $credit } gutgeschrieben. Das Guthaben wird automatisch mit Ihrer nächsten Rechnung verrechnet.
granted-code = { $discount-kind ->
    [percent] Als Dankeschön erhalten Sie { $discount } % Rabatt auf Ihren nächsten Einkauf. Geben Sie an der Kasse diesen Code ein:
   *[amount] Als Dankeschön erhalten Sie { $discount } Rabatt auf Ihren nächsten Einkauf. Geben Sie an der Kasse diesen Code ein:
}
granted-code-expires = Der Code ist gültig bis { $expires }.
offer-expires = Bis { $expires }
