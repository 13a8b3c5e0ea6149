### Falta un pago; el acceso continúa hasta un día.

subject = Pague antes del { $date } para conservar su acceso a { $brand }
preheader = Falta un pago. Por ahora no cambia nada para usted.
label = Falta un pago
heading = Por ahora, su acceso continúa
body = Falta un pago a { $brand }. Sabemos que puede ocurrir, así que su acceso continúa con normalidad hasta el { $date }. Si para entonces el pago sigue faltando, tendremos que suspenderlo.
next = { $link ->
    [yes] Pague ahora, por favor, y todo seguirá igual.
   *[no] Pague en su cuenta o escríbanos, por favor, y todo seguirá igual.
}
reason = Recibe este mensaje porque falta un pago para su acceso.
push-title = Falta un pago
push-body = Pague antes del { $date } para conservar su acceso a { $brand }.
