### Un pago ha fallado y no es el final. No prometer nunca un nuevo intento.

subject = No se ha podido realizar su pago de { $amount } a { $brand }
preheader = { $link ->
    [yes] Puede pagar en un minuto, con el mismo método de pago o con otro.
   *[no] Compruebe su método de pago, por favor.
}
label = Pago fallido
heading = No se ha podido realizar su pago
body = { $retry ->
    [by-hand] Su pago de { $amount } a { $brand } ha sido rechazado. La factura sigue pendiente.
   *[planned] Hemos intentado cobrar { $amount } por su factura de { $brand }, pero el pago ha sido rechazado. Puede ocurrir si la tarjeta ha caducado, si se ha alcanzado un límite o si el banco quiere hacer una comprobación.
}
next = { $retry ->
    [planned] { $link ->
        [yes] Está previsto un nuevo intento para el { $date }. Es posible que no funcione con el mismo método de pago, así que lo más seguro es pagar ahora.
       *[no] Está previsto un nuevo intento para el { $date }. Es posible que no funcione con el mismo método de pago: actualícelo en su cuenta o escríbanos.
    }
    [due] { $link ->
        [yes] Puede haber un nuevo intento en cualquier momento. Es posible que no funcione con el mismo método de pago, así que lo más seguro es pagar ahora.
       *[no] Puede haber un nuevo intento en cualquier momento. Es posible que no funcione con el mismo método de pago: actualícelo en su cuenta o escríbanos.
    }
   *[by-hand] { $link ->
        [yes] Inténtelo de nuevo, por favor, si es necesario con otro método de pago.
       *[no] Inténtelo de nuevo, por favor, si es necesario con otro método de pago, o escríbanos.
    }
}
reason = Recibe este mensaje porque ha fallado el pago de una factura a su nombre.
push-title = Pago fallido
push-body = No se ha podido realizar su pago de { $amount } a { $brand }. Compruebe su método de pago.
