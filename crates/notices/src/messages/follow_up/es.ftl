### Algunos días después de una compra.

subject = { $offers ->
    [yes] ¿Qué tal su compra? Y algo elegido para usted
   *[no] ¿Qué tal su compra? Nos gustaría saberlo
}
preheader = { $offers ->
    [yes] Elegido según lo que le gusta.
   *[no] Su opinión nos ayuda a mejorar.
}
label = Para usted
heading = ¿Qué tal su compra?
body = El { $date } compró en { $brand }. Esperamos que lo disfrute. Si algo no está como debería, escríbanos y lo arreglaremos.
meaning = Ahora tiene { $balance }.
offers-title = Elegido para usted
reason = Recibe este mensaje porque aceptó recibir ofertas.
push-title = ¿Qué tal su compra?
push-body = { $offers ->
    [yes] Hemos elegido algo para usted en { $brand }.
   *[no] Esperamos que disfrute de su compra en { $brand }.
}
