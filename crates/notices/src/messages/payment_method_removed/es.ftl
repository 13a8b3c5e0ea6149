### Se ha eliminado un método de pago de la cuenta.

subject = Se ha eliminado un método de pago de su cuenta de { $brand }
preheader = { $rest ->
    [another] Sus pagos continúan con su otro método de pago.
    [unknown] Compruebe sus métodos de pago, por favor.
   *[none] Añada uno antes de su próximo pago, por favor.
}
label = { $rest ->
    [another] Para su información
    [unknown] Compruébelo
   *[none] Acción necesaria
}
heading = Se ha eliminado un método de pago
body = { $rest ->
    [another] Se ha eliminado un método de pago de su cuenta de { $brand }. Sus pagos continúan con el otro que tiene guardado.
    [unknown] Se ha eliminado un método de pago de su cuenta de { $brand }. Si era el único, no podremos cobrar su próximo pago.
   *[none] Se ha eliminado un método de pago de su cuenta de { $brand }. Ya no queda ninguno guardado, por lo que no podremos cobrar su próximo pago.
}
next = { $rest ->
    [another] No tiene que hacer nada.
    [unknown] { $link ->
        [yes] Compruebe, por favor, que tiene un método de pago guardado antes de su próximo vencimiento.
       *[no] Compruebe en su cuenta, por favor, que tiene un método de pago guardado antes de su próximo vencimiento, o escríbanos.
    }
   *[none] { $link ->
        [yes] Añada un método de pago antes de su próximo vencimiento, por favor.
       *[no] Añada un método de pago en su cuenta antes de su próximo vencimiento, por favor, o escríbanos.
    }
}
action = { $rest ->
    [another] Ver mis métodos de pago
    [unknown] Ver mis métodos de pago
   *[none] Añadir un método de pago
}
note = ¿No ha sido usted? Entonces avísenos de inmediato.
reason = Recibe este mensaje porque ha cambiado algo en su cuenta.
push-title = Método de pago eliminado
push-body = { $rest ->
    [another] Sus pagos a { $brand } continúan con su otro método de pago.
    [unknown] Compruebe sus métodos de pago en { $brand }.
   *[none] Añada uno en { $brand } antes de su próximo pago.
}
