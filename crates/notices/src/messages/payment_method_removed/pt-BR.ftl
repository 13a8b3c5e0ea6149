### Uma forma de pagamento foi removida da conta.

subject = Uma forma de pagamento foi removida da sua conta { $brand }
preheader = { $rest ->
    [another] Seus pagamentos continuam com a sua outra forma de pagamento.
    [unknown] Verifique suas formas de pagamento.
   *[none] Adicione uma antes do seu próximo pagamento.
}
label = { $rest ->
    [another] Para sua informação
    [unknown] Verifique
   *[none] Ação necessária
}
heading = Uma forma de pagamento foi removida
body = { $rest ->
    [another] Uma forma de pagamento foi removida da sua conta { $brand }. Seus pagamentos continuam com a outra que está cadastrada.
    [unknown] Uma forma de pagamento foi removida da sua conta { $brand }. Se era a única, seu próximo pagamento não poderá ser cobrado.
   *[none] Uma forma de pagamento foi removida da sua conta { $brand }. Não há mais nenhuma cadastrada, portanto seu próximo pagamento não poderá ser cobrado.
}
next = { $rest ->
    [another] Você não precisa fazer nada.
    [unknown] { $link ->
        [yes] Verifique se há uma forma de pagamento cadastrada antes do próximo vencimento.
       *[no] Verifique na sua conta se há uma forma de pagamento cadastrada antes do próximo vencimento ou escreva para nós.
    }
   *[none] { $link ->
        [yes] Adicione uma forma de pagamento antes do próximo vencimento.
       *[no] Adicione uma forma de pagamento na sua conta antes do próximo vencimento ou escreva para nós.
    }
}
action = { $rest ->
    [another] Ver formas de pagamento
    [unknown] Ver formas de pagamento
   *[none] Adicionar forma de pagamento
}
note = Não foi você? Então avise-nos imediatamente.
reason = Você recebeu esta mensagem porque algo mudou na sua conta.
push-title = Forma de pagamento removida
push-body = { $rest ->
    [another] Seus pagamentos a { $brand } continuam com a sua outra forma de pagamento.
    [unknown] Verifique suas formas de pagamento em { $brand }.
   *[none] Adicione uma em { $brand } antes do seu próximo pagamento.
}
