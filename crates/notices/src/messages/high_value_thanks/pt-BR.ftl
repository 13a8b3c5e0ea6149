### Agradecimento por uma compra grande.

subject = Obrigado pela sua grande compra em { $brand }
preheader = Você ganhou { $earned } de uma só vez.
label = Muito obrigado
heading = Uma compra muito especial
body = Obrigado pela sua compra de { $amount } em { $brand }. Ela significa muito para nós e rendeu { $earned } de uma só vez.
meaning = Se algo não estiver perfeito, escreva para nós. Vamos atender você com prioridade.
reason = Você recebeu esta mensagem porque acumula pontos conosco.
push-title = { $earned } de uma só vez
push-body = Obrigado pela sua compra de { $amount } em { $brand }. Ela significa muito para nós.
