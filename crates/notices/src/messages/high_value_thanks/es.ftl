### Agradecimiento por una compra importante.

subject = Gracias por su gran compra en { $brand }
preheader = Ha ganado { $earned } de una sola vez.
label = Muchas gracias
heading = Una compra muy especial
body = Gracias por su compra de { $amount } en { $brand }. Significa mucho para nosotros y le ha dado { $earned } de una sola vez.
meaning = Si algo no es perfecto, escríbanos. Le atenderemos con prioridad.
reason = Recibe este mensaje porque acumula puntos con nosotros.
push-title = { $earned } de una sola vez
push-body = Gracias por su compra de { $amount } en { $brand }. Significa mucho para nosotros.
