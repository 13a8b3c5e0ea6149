### Se ha alcanzado un nuevo nivel.

subject = Ya tiene el nivel { $tier }. ¡Enhorabuena!
preheader = Esto es lo que le ofrece su nuevo nivel en { $brand }.
label = Nuevo nivel
heading = Le damos la bienvenida a { $tier }
body = Con { $balance }, ha alcanzado el nivel { $tier } en { $brand }. Enhorabuena, y gracias por su fidelidad.
benefits = Sus ventajas desde hoy
reason = Recibe este mensaje porque acumula puntos con nosotros.
push-title = Le damos la bienvenida a { $tier }
push-body = Ha alcanzado un nuevo nivel en { $brand }. Vea lo que le ofrece.
