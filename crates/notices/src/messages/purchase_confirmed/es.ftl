### Una compra ha dado puntos.

subject = Ha ganado { $earned } en { $brand }
preheader = Gracias por su compra de { $amount }.
label = Puntos ganados
heading = Gracias por su compra
body = Con su compra de { $amount } en { $brand } ha ganado { $earned }. El saldo de su cuenta ya está actualizado.
reason = Recibe este mensaje porque acumula puntos con nosotros.
push-title = Ha ganado { $earned }
push-body = Gracias por su compra de { $amount } en { $brand }.
