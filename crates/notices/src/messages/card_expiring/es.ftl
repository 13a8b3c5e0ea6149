### La tarjeta guardada va a caducar o ha caducado.

subject = { $state ->
    [expired] Su tarjeta { $card } ha caducado
   *[expiring] Su tarjeta { $card } caduca pronto
}
preheader = Añada su nueva tarjeta y sus pagos continuarán sin interrupción.
label = { $state ->
    [expired] Tarjeta caducada
   *[expiring] Tarjeta a punto de caducar
}
heading = { $state ->
    [expired] Su tarjeta ha caducado
   *[expiring] Su tarjeta caduca pronto
}
body = { $state ->
    [expired] La tarjeta { $card }, que usted utiliza en { $brand }, era válida hasta { $month }. Es probable que se rechacen los pagos con ella.
   *[expiring] La tarjeta { $card }, que usted utiliza en { $brand }, es válida hasta { $month }. Después, es probable que se rechacen los pagos con ella.
}
next = { $link ->
    [yes] Introduzca su nueva tarjeta, por favor, para que sus pagos continúen sin interrupción.
   *[no] Introduzca su nueva tarjeta en su cuenta, por favor, para que sus pagos continúen sin interrupción, o escríbanos.
}
note = ¿Su banco ya ha comunicado la nueva fecha? Entonces no tiene que hacer nada.
reason = Recibe este mensaje porque esta tarjeta está guardada en su cuenta.
push-title = { $state ->
    [expired] Su tarjeta ha caducado
   *[expiring] Su tarjeta caduca pronto
}
push-body = { $card }, { $month }. Introduzca su nueva tarjeta en { $brand }.
