### Una factura está pagada: el recibo.

subject = { $settlement ->
    [nothing-due] Su factura de { $brand } está saldada
   *[payment] Recibo: { $amount } pagados a { $brand }
}
preheader = { $settlement ->
    [nothing-due] Esta vez no había nada que pagar.
   *[payment] Gracias. No tiene que hacer nada más.
}
label = { $settlement ->
    [nothing-due] Saldada
   *[payment] Pagada
}
heading = { $settlement ->
    [nothing-due] Esta vez no tiene que pagar nada
   *[payment] Gracias por su pago
}
body = { $settlement ->
    [recorded] Hemos registrado su pago de { $amount }. Su factura está saldada y no tiene que hacer nada más. Le recomendamos conservar este mensaje.
    [nothing-due] Su nueva factura asciende a { $amount }, así que ya está saldada y no tiene que hacer nada. Le recomendamos conservar este mensaje.
   *[payment] Hemos recibido su pago de { $amount }. Su factura está saldada y no tiene que hacer nada más. Le recomendamos conservar este mensaje.
}
reason = Recibe este mensaje porque se ha saldado una factura a su nombre.
push-title = { $settlement ->
    [nothing-due] Nada que pagar
   *[payment] Pago recibido
}
push-body = { $settlement ->
    [nothing-due] Su factura de { $brand } está saldada. No había nada que pagar.
   *[payment] { $brand } ha recibido su pago de { $amount }. ¡Gracias!
}
