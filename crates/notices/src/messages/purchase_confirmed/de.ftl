### Ein Einkauf hat Punkte gebracht.

subject = Sie haben bei { $brand } { $earned } gesammelt
preheader = Vielen Dank für Ihren Einkauf über { $amount }.
label = Punkte gesammelt
heading = Vielen Dank für Ihren Einkauf
body = Mit Ihrem Einkauf über { $amount } bei { $brand } haben Sie { $earned } gesammelt. Die Gutschrift ist schon auf Ihrem Konto.
reason = Sie erhalten diese Nachricht, weil Sie bei uns Punkte sammeln.
push-title = { $earned } gesammelt
push-body = Vielen Dank für Ihren Einkauf über { $amount } bei { $brand }.
