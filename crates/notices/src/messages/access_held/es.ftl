### El acceso está suspendido porque falta algo.

subject = Su acceso a { $brand } está suspendido
preheader = { $missing ->
    [method] Añada un método de pago para restablecerlo. Sus datos están a salvo.
    [subscription] Vuelva a suscribirse para restablecerlo. Sus datos están a salvo.
   *[payment] Pague y se restablecerá. Sus datos están a salvo.
}
label = Acceso suspendido
heading = Su acceso está suspendido
body = { $missing ->
    [method] No hay ningún método de pago guardado en su cuenta de { $brand }, por lo que hemos suspendido su acceso. Su cuenta y todo su contenido se conservan.
    [subscription] Su suscripción a { $brand } ha terminado, por lo que hemos suspendido su acceso. Su cuenta y todo su contenido se conservan.
   *[payment] Sigue faltando un pago a { $brand }, por lo que hemos suspendido su acceso. Su cuenta y todo su contenido se conservan.
}
next = { $missing ->
    [method] { $link ->
        [yes] Añada ahora un método de pago, por favor, para que su acceso pueda restablecerse.
       *[no] Añada un método de pago en su cuenta o escríbanos, por favor, para que su acceso pueda restablecerse.
    }
    [subscription] { $link ->
        [yes] Si desea volver, suscríbase de nuevo.
       *[no] Si desea volver, suscríbase de nuevo en su cuenta o escríbanos.
    }
   *[payment] { $link ->
        [yes] Pague ahora, por favor. En cuanto llegue el pago, su acceso se restablecerá automáticamente.
       *[no] Pague en su cuenta o escríbanos, por favor. En cuanto llegue el pago, su acceso se restablecerá automáticamente.
    }
}
reason = { $missing ->
    [method] Recibe este mensaje porque su cuenta no tiene ningún método de pago.
    [subscription] Recibe este mensaje porque su suscripción ha terminado.
   *[payment] Recibe este mensaje porque falta un pago para su acceso.
}
push-title = Su acceso está suspendido
push-body = { $missing ->
    [method] No hay ningún método de pago guardado en { $brand }. Añada uno para que su acceso pueda restablecerse.
    [subscription] Su suscripción a { $brand } ha terminado.
   *[payment] Falta un pago a { $brand }. Pague y su acceso se restablecerá automáticamente.
}
