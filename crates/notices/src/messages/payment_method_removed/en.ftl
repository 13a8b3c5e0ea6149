### A payment method was removed from the customer's account.
### $rest: [another] payments go on with another stored method, [none] nothing is left, [unknown] nobody looked. $brand: the merchant.
### $link: [yes] there is a button below, [no] there is none.

subject = A payment method was removed from your { $brand } account
preheader = { $rest ->
    [another] Your payments go on with your other payment method.
    [unknown] Please check your payment methods.
   *[none] Please add one before your next payment.
}
label = { $rest ->
    [another] For your information
    [unknown] Please check
   *[none] Action needed
}
heading = A payment method was removed
body = { $rest ->
    [another] A payment method was removed from your account with { $brand }. Your payments go on with the other one that is stored.
    [unknown] A payment method was removed from your account with { $brand }. If it was your only one, your next payment cannot be collected.
   *[none] A payment method was removed from your account with { $brand }. No other one is stored now, so your next payment cannot be collected.
}
next = { $rest ->
    [another] You do not need to do anything.
    [unknown] { $link ->
        [yes] Please make sure that a payment method is stored before your next payment is due.
       *[no] Please make sure in your account that a payment method is stored before your next payment is due, or write to us.
    }
   *[none] { $link ->
        [yes] Please add a payment method before your next payment is due.
       *[no] Please add a payment method in your account before your next payment is due, or write to us.
    }
}
action = { $rest ->
    [another] View payment methods
    [unknown] View payment methods
   *[none] Add payment method
}
note = Was this not you? Then please tell us at once.
reason = You are receiving this because something changed in your account.
push-title = Payment method removed
push-body = { $rest ->
    [another] Your payments to { $brand } go on with your other payment method.
    [unknown] Please check your payment methods at { $brand }.
   *[none] Please add a payment method at { $brand } before your next payment.
}
