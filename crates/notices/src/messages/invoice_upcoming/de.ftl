### Die nächste Rechnung eines Abonnements steht an.

subject = { $when ->
    [known] Demnächst, am { $date }: { $amount } an { $brand }
   *[soon] Demnächst: { $amount } an { $brand }
}
preheader = { $payment ->
    [by-hand] Ihre nächste Rechnung ist auf dem Weg.
   *[automatic] Sie müssen nichts tun.
}
label = Demnächst
heading = Ihre nächste Zahlung
body = { $payment ->
    [by-hand] { $when ->
        [known] Ihre nächste Rechnung von { $brand } beläuft sich auf { $amount } und wird um den { $date } erstellt. Wir senden sie Ihnen zur Zahlung zu.
       *[soon] Ihre nächste Rechnung von { $brand } beläuft sich auf { $amount } und wird bald erstellt. Wir senden sie Ihnen zur Zahlung zu.
    }
   *[automatic] { $when ->
        [known] Ihre nächste Zahlung an { $brand } beträgt voraussichtlich { $amount }. Wir möchten sie um den { $date } von Ihrer hinterlegten Zahlungsart einziehen; Sie müssen nichts tun.
       *[soon] Ihre nächste Zahlung an { $brand } beträgt voraussichtlich { $amount }. Wir möchten sie bald von Ihrer hinterlegten Zahlungsart einziehen; Sie müssen nichts tun.
    }
}
action = Abonnement verwalten
reason = Sie erhalten diese Nachricht, weil Sie ein Abonnement haben.
push-title = Demnächst: { $amount }
push-body = { $when ->
    [known] Ihre nächste Zahlung an { $brand } steht um den { $date } an.
   *[soon] Ihre nächste Zahlung an { $brand } steht bald an.
}
