### Un pago ha fallado y no está previsto ningún otro intento.

subject = Pague su factura pendiente: { $amount } a { $brand }
preheader = No está previsto ningún otro intento automático. Pague usted la factura, por favor.
label = Acción necesaria
heading = Su factura sigue pendiente
body = No hemos podido cobrar { $amount } por su factura de { $brand }. No está previsto ningún otro intento automático, así que la factura seguirá pendiente hasta que la pague.
next = { $link ->
    [yes] Páguela ahora con el método de pago que prefiera. Solo le llevará un minuto.
   *[no] Páguela desde su cuenta o escríbanos y encontraremos una solución.
}
reason = Recibe este mensaje porque ha fallado el pago de una factura a su nombre.
push-title = Su factura sigue pendiente
push-body = Pague { $amount } a { $brand }, por favor. No está previsto ningún otro intento automático.
