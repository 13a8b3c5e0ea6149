### Alle Einkäufe zusammen haben eine Marke erreicht.

subject = Ein Meilenstein: { $milestone } bei { $brand }
preheader = Vielen Dank für Ihr Vertrauen in all der Zeit.
label = Meilenstein
heading = Sie haben einen Meilenstein erreicht
body = Ihre Einkäufe bei { $brand } haben zusammen { $milestone } überschritten. Vielen Dank für Ihr Vertrauen in all der Zeit.
reason = Sie erhalten diese Nachricht, weil Sie bei uns Punkte sammeln.
push-title = Sie haben einen Meilenstein erreicht
push-body = { $milestone } bei { $brand }. Vielen Dank für Ihr Vertrauen.
