### Uma compra rendeu pontos.

subject = Você ganhou { $earned } em { $brand }
preheader = Obrigado pela sua compra de { $amount }.
label = Pontos ganhos
heading = Obrigado pela sua compra
body = Com a sua compra de { $amount } em { $brand }, você ganhou { $earned }. O saldo da sua conta já foi atualizado.
reason = Você recebeu esta mensagem porque acumula pontos conosco.
push-title = Você ganhou { $earned }
push-body = Obrigado pela sua compra de { $amount } em { $brand }.
