### Was fehlte, ist da, der Zugang auch.

subject = Ihr Zugang zu { $brand } ist wieder da
preheader = { $paid ->
    [yes] Ihre Zahlung ist eingegangen. Vielen Dank.
   *[no] Alles ist dort, wo Sie es verlassen haben.
}
label = Zugang wiederhergestellt
heading = Willkommen zurück
body = { $paid ->
    [yes] Vielen Dank, Ihre Zahlung ist eingegangen. Ihr Zugang zu { $brand } ist wieder da, und alles ist dort, wo Sie es verlassen haben. Sie müssen nichts weiter tun.
   *[no] Ihr Zugang zu { $brand } ist wieder da, und alles ist dort, wo Sie es verlassen haben. Sie müssen nichts weiter tun.
}
reason = Sie erhalten diese Nachricht, weil sich Ihr Zugang geändert hat.
push-title = Willkommen zurück
push-body = { $paid ->
    [yes] Ihre Zahlung ist eingegangen, und Ihr Zugang zu { $brand } ist wieder da.
   *[no] Ihr Zugang zu { $brand } ist wieder da.
}
