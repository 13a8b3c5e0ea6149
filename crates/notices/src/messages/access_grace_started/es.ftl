### Falta algo; el acceso continúa hasta un día.

subject = { $missing ->
    [method] Añada un método de pago en { $brand } antes del { $date }
    [subscription] Su acceso a { $brand } termina el { $date }
   *[payment] Pague antes del { $date } para conservar su acceso a { $brand }
}
preheader = { $missing ->
    [method] No hay ningún método de pago guardado. Por ahora no cambia nada para usted.
    [subscription] Su suscripción ha terminado. Por ahora no cambia nada para usted.
   *[payment] Falta un pago. Por ahora no cambia nada para usted.
}
label = { $missing ->
    [method] Falta un método de pago
    [subscription] Suscripción terminada
   *[payment] Falta un pago
}
heading = Por ahora, su acceso continúa
body = { $missing ->
    [method] No hay ningún método de pago guardado en su cuenta de { $brand }, así que no podremos cobrar su próximo pago. Su acceso continúa con normalidad hasta el { $date }. Si para entonces sigue sin haber un método de pago, tendremos que suspenderlo.
    [subscription] Su suscripción a { $brand } ha terminado. Su acceso continúa con normalidad hasta el { $date }.
   *[payment] Falta un pago a { $brand }. Sabemos que puede ocurrir, así que su acceso continúa con normalidad hasta el { $date }. Si para entonces el pago sigue faltando, tendremos que suspenderlo.
}
next = { $missing ->
    [method] { $link ->
        [yes] Añada ahora un método de pago, por favor, y todo seguirá igual.
       *[no] Añada un método de pago en su cuenta o escríbanos, por favor, y todo seguirá igual.
    }
    [subscription] { $link ->
        [yes] Si desea quedarse, vuelva a suscribirse antes de esa fecha.
       *[no] Si desea quedarse, vuelva a suscribirse en su cuenta antes de esa fecha o escríbanos.
    }
   *[payment] { $link ->
        [yes] Pague ahora, por favor, y todo seguirá igual.
       *[no] Pague en su cuenta o escríbanos, por favor, y todo seguirá igual.
    }
}
reason = { $missing ->
    [method] Recibe este mensaje porque su cuenta no tiene ningún método de pago.
    [subscription] Recibe este mensaje porque su suscripción ha terminado.
   *[payment] Recibe este mensaje porque falta un pago para su acceso.
}
push-title = { $missing ->
    [method] Falta un método de pago
    [subscription] Su suscripción ha terminado
   *[payment] Falta un pago
}
push-body = { $missing ->
    [method] Añada uno antes del { $date } para conservar su acceso a { $brand }.
    [subscription] Su acceso a { $brand } continúa hasta el { $date }.
   *[payment] Pague antes del { $date } para conservar su acceso a { $brand }.
}
