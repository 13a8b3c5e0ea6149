### Se acerca la próxima factura de una suscripción.

subject = { $when ->
    [known] Próximamente, el { $date }: { $amount } a { $brand }
   *[soon] Próximamente: { $amount } a { $brand }
}
preheader = { $payment ->
    [by-hand] Su próxima factura está en camino.
   *[automatic] No tiene que hacer nada.
}
label = Próximamente
heading = Su próximo pago
body = { $payment ->
    [by-hand] { $when ->
        [known] Su próxima factura de { $brand } ascenderá a { $amount } y se emitirá alrededor del { $date }. Se la enviaremos para que la pague.
       *[soon] Su próxima factura de { $brand } ascenderá a { $amount } y se emitirá pronto. Se la enviaremos para que la pague.
    }
   *[automatic] { $when ->
        [known] Su próximo pago a { $brand } será de aproximadamente { $amount }. Tenemos previsto cobrarlo alrededor del { $date } con su método de pago guardado; no tiene que hacer nada.
       *[soon] Su próximo pago a { $brand } será de aproximadamente { $amount }. Tenemos previsto cobrarlo pronto con su método de pago guardado; no tiene que hacer nada.
    }
}
action = Gestionar la suscripción
reason = Recibe este mensaje porque tiene una suscripción.
push-title = Próximamente: { $amount }
push-body = { $when ->
    [known] Su próximo pago a { $brand } está previsto alrededor del { $date }.
   *[soon] Su próximo pago a { $brand } está previsto para pronto.
}
