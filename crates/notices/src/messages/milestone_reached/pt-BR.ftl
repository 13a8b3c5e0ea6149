### O total das compras atingiu um marco.

subject = Um marco: { $milestone } em { $brand }
preheader = Obrigado pela confiança durante todo esse tempo.
label = Marco
heading = Você alcançou um marco
body = O total das suas compras em { $brand } passou de { $milestone }. Obrigado pela confiança durante todo esse tempo.
reason = Você recebeu esta mensagem porque acumula pontos conosco.
push-title = Você alcançou um marco
push-body = { $milestone } em { $brand }. Obrigado pela confiança.
