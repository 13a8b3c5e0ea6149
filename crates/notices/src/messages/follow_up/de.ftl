### Einige Tage nach einem Einkauf.

subject = { $offers ->
    [yes] Wie war es? Und etwas, das wir für Sie ausgesucht haben
   *[no] Wie war es? Wir wüssten es gerne
}
preheader = { $offers ->
    [yes] Ausgesucht nach dem, was Ihnen gefällt.
   *[no] Ein Wort von Ihnen hilft uns, besser zu werden.
}
label = Für Sie
heading = Wie war es?
body = Am { $date } haben Sie bei { $brand } eingekauft. Wir hoffen, dass Sie Freude daran haben. Falls etwas nicht so ist, wie es sein sollte, schreiben Sie uns, und wir bringen es in Ordnung.
meaning = Sie haben jetzt { $balance }.
offers-title = Für Sie ausgesucht
reason = Sie erhalten diese Nachricht, weil Sie zugestimmt haben, von Angeboten zu hören.
push-title = Wie war es?
push-body = { $offers ->
    [yes] Wir haben bei { $brand } etwas für Sie ausgesucht.
   *[no] Wir hoffen, dass Sie Freude an Ihrem Einkauf bei { $brand } haben.
}
