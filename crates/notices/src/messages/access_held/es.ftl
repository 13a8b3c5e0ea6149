### El acceso está suspendido porque falta un pago.

subject = Su acceso a { $brand } está suspendido
preheader = Pague y se restablecerá. Sus datos están a salvo.
label = Acceso suspendido
heading = Su acceso está suspendido
body = Sigue faltando un pago a { $brand }, por lo que hemos suspendido su acceso. Su cuenta y todo su contenido se conservan.
next = { $link ->
    [yes] Pague ahora, por favor. En cuanto llegue el pago, su acceso se restablecerá automáticamente.
   *[no] Pague en su cuenta o escríbanos, por favor. En cuanto llegue el pago, su acceso se restablecerá automáticamente.
}
reason = Recibe este mensaje porque falta un pago para su acceso.
push-title = Su acceso está suspendido
push-body = Falta un pago a { $brand }. Pague y su acceso se restablecerá automáticamente.
