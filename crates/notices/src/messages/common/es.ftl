### Palabras comunes a todos los mensajes. Tratamiento de usted.

greeting = Hola, { $name }:
greeting-without-name = Hola:

help = ¿Tiene alguna pregunta? Estaremos encantados de ayudarle:

unsubscribe = Darse de baja

## Etiquetas.

fact-access-until = Acceso hasta el
fact-amount-due = Importe
fact-amount-open = Importe pendiente
fact-amount-paid = Importe pagado
fact-attempt = Intento
fact-balance = Sus puntos
fact-card = Tarjeta
fact-date = Fecha
fact-due = Vencimiento
fact-expires = Válida hasta
fact-invoice = Factura
fact-milestone = Su hito
fact-next-attempt = Próximo intento previsto
fact-points-earned = Ha ganado
fact-purchase = Compra
fact-removed = Eliminado el
fact-tier = Su nuevo nivel

## Botones.

action-add-method = Añadir un método de pago
action-open = Abrir { $brand }
action-pay = Pagar { $amount }
action-rewards = Ver mis puntos y ventajas
action-settle = Pagar ahora
action-shop = Ir a { $brand }
action-update-method = Actualizar el método de pago
action-view-invoice = Ver la factura

## Notas.

already-paid = ¿Ya ha pagado? Entonces puede ignorar este mensaje.

## Puntos y recompensas.

points = { $plural ->
    [one] { $number } punto
    [many] { $number } de puntos
   *[other] { $number } puntos
}
progress = { $missing-plural ->
    [one] Le falta { $missing } para llegar a { $next-tier }
   *[other] Le faltan { $missing } para llegar a { $next-tier }
}
granted-credit = Como agradecimiento, hemos añadido un saldo de { $credit } a su cuenta. Se descontará automáticamente de su próxima factura.
granted-code = { $discount-kind ->
    [percent] Como agradecimiento, tiene un { $discount } % de descuento en su próxima compra. Introduzca este código al pagar:
   *[amount] Como agradecimiento, tiene { $discount } de descuento en su próxima compra. Introduzca este código al pagar:
}
granted-code-expires = El código es válido hasta el { $expires }.
offer-expires = Hasta el { $expires }
