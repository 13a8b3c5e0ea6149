### Dank für einen großen Einkauf.

subject = Vielen Dank für Ihren großen Einkauf bei { $brand }
preheader = Sie haben auf einen Schlag { $earned } gesammelt.
label = Besonderer Dank
heading = Das war etwas Besonderes
body = Vielen Dank für Ihren Einkauf über { $amount } bei { $brand }. Er bedeutet uns viel, und Sie haben damit auf einen Schlag { $earned } gesammelt.
meaning = Falls etwas nicht perfekt ist, schreiben Sie uns. Wir kümmern uns vorrangig darum.
reason = Sie erhalten diese Nachricht, weil Sie bei uns Punkte sammeln.
push-title = { $earned } auf einen Schlag
push-body = Vielen Dank für Ihren Einkauf über { $amount } bei { $brand }. Er bedeutet uns viel.
