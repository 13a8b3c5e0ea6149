### El total de las compras ha alcanzado una cifra.

subject = Un hito: { $milestone } en { $brand }
preheader = Gracias por su confianza durante todo este tiempo.
label = Hito
heading = Ha alcanzado un hito
body = El total de sus compras en { $brand } ha superado { $milestone }. Gracias por su confianza durante todo este tiempo.
reason = Recibe este mensaje porque acumula puntos con nosotros.
push-title = Ha alcanzado un hito
push-body = { $milestone } en { $brand }. Gracias por su confianza.
