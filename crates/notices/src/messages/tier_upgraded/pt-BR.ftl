### Um novo nível foi alcançado.

subject = Agora você é { $tier }. Parabéns!
preheader = Veja o que o seu novo nível em { $brand } oferece.
label = Novo nível
heading = Boas-vindas ao nível { $tier }
body = Com { $balance }, você alcançou o nível { $tier } em { $brand }. Parabéns, e obrigado pela sua fidelidade.
benefits = Seus benefícios a partir de hoje
reason = Você recebeu esta mensagem porque acumula pontos conosco.
push-title = Boas-vindas ao nível { $tier }
push-body = Você alcançou um novo nível em { $brand }. Veja o que ele oferece.
