### Ein neuer Status ist erreicht. Punkte stehen im Nominativ, daher „Punktestand“.

subject = Sie haben jetzt { $tier }-Status. Herzlichen Glückwunsch!
preheader = Das bringt Ihnen Ihr neuer Status bei { $brand }.
label = Neuer Status
heading = Willkommen bei { $tier }
body = Ihr Punktestand: { $balance }. Damit haben Sie bei { $brand } den Status { $tier } erreicht. Herzlichen Glückwunsch, und vielen Dank für Ihre Treue.
benefits = Ihre Vorteile ab heute
reason = Sie erhalten diese Nachricht, weil Sie bei uns Punkte sammeln.
push-title = Willkommen bei { $tier }
push-body = Sie haben bei { $brand } einen neuen Status erreicht. Sehen Sie, was er Ihnen bringt.
