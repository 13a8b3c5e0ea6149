### Ha llegado lo que faltaba y el acceso se ha restablecido.

subject = Su acceso a { $brand } se ha restablecido
preheader = { $paid ->
    [yes] Su pago ha llegado. Gracias.
   *[no] Todo está donde lo dejó.
}
label = Acceso restablecido
heading = Nos alegra verle de nuevo
body = { $paid ->
    [yes] Gracias, su pago ha llegado. Su acceso a { $brand } se ha restablecido y todo está donde lo dejó. No tiene que hacer nada más.
   *[no] Su acceso a { $brand } se ha restablecido y todo está donde lo dejó. No tiene que hacer nada más.
}
reason = Recibe este mensaje porque su acceso ha cambiado.
push-title = Nos alegra verle de nuevo
push-body = { $paid ->
    [yes] Su pago ha llegado y su acceso a { $brand } se ha restablecido.
   *[no] Su acceso a { $brand } se ha restablecido.
}
