### Ha llegado el pago que faltaba y el acceso se ha restablecido.

subject = Su acceso a { $brand } se ha restablecido
preheader = Su pago ha llegado. Gracias.
label = Acceso restablecido
heading = Nos alegra verle de nuevo
body = Gracias, su pago ha llegado. Su acceso a { $brand } se ha restablecido y todo está donde lo dejó. No tiene que hacer nada más.
reason = Recibe este mensaje porque su acceso ha cambiado.
push-title = Nos alegra verle de nuevo
push-body = Su pago ha llegado y su acceso a { $brand } se ha restablecido.
