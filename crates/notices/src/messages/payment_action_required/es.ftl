### El banco pide que se confirme un pago (3-D Secure).

subject = Confirme su pago de { $amount } a { $brand }
preheader = Su banco quiere asegurarse de que es usted.
label = Confirmación necesaria
heading = Su banco le pide que confirme
body = Su pago de { $amount } a { $brand } está en espera. Antes de autorizarlo, su banco quiere asegurarse de que es usted.
next = { $link ->
    [yes] Confirme el pago, por favor. Su banco le indicará cómo, normalmente con su aplicación o con un código.
   *[no] Confirme el pago en su cuenta, por favor, o escríbanos.
}
action = Confirmar el pago
note = Mientras no lo confirme, no se le cobrará nada.
reason = Recibe este mensaje porque un pago a su nombre espera su confirmación.
push-title = Confirme su pago
push-body = Su banco le pide que confirme { $amount } a { $brand }.
