### A próxima fatura de uma assinatura está chegando.

subject = { $when ->
    [known] Em breve, em { $date }: { $amount } a { $brand }
   *[soon] Em breve: { $amount } a { $brand }
}
preheader = { $payment ->
    [by-hand] Sua próxima fatura está a caminho.
   *[automatic] Você não precisa fazer nada.
}
label = Em breve
heading = Seu próximo pagamento
body = { $payment ->
    [by-hand] { $when ->
        [known] Sua próxima fatura de { $brand } será de { $amount } e será emitida por volta de { $date }. Vamos enviá-la para você pagar.
       *[soon] Sua próxima fatura de { $brand } será de { $amount } e será emitida em breve. Vamos enviá-la para você pagar.
    }
   *[automatic] { $when ->
        [known] Seu próximo pagamento a { $brand } será de cerca de { $amount }. Planejamos cobrá-lo por volta de { $date } na sua forma de pagamento cadastrada; você não precisa fazer nada.
       *[soon] Seu próximo pagamento a { $brand } será de cerca de { $amount }. Planejamos cobrá-lo em breve na sua forma de pagamento cadastrada; você não precisa fazer nada.
    }
}
action = Gerenciar assinatura
reason = Você recebeu esta mensagem porque tem uma assinatura.
push-title = Em breve: { $amount }
push-body = { $when ->
    [known] Seu próximo pagamento a { $brand } está previsto para { $date }.
   *[soon] Seu próximo pagamento a { $brand } está previsto para breve.
}
