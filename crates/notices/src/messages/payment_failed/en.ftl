### An attempt to collect an invoice failed, and it is not the end.
### $amount: what is still open. $brand: the merchant.
### $retry: [planned] a new attempt is planned for $date, [due] one was planned and may happen any time, [by-hand] the customer pays by hand.
### Never promise an attempt: after some declines the bank does not allow it with the same payment method.
### $link: [yes] there is a button to pay below, [no] there is none.

subject = Your payment of { $amount } to { $brand } did not go through
preheader = { $link ->
    [yes] You can pay in a minute, with the same or another payment method.
   *[no] Please check your payment method.
}
label = Payment failed
heading = Your payment did not go through
body = { $retry ->
    [by-hand] Your payment of { $amount } to { $brand } was declined. The invoice is still open.
   *[planned] We tried to collect { $amount } for your invoice from { $brand }, but the payment was declined. This can happen when a card has expired, a limit is reached, or the bank wants to check.
}
next = { $retry ->
    [planned] { $link ->
        [yes] A new attempt is planned for { $date }. It may not work with the same payment method, so it is safest to pay now.
       *[no] A new attempt is planned for { $date }. It may not work with the same payment method, so please update it in your account or write to us.
    }
    [due] { $link ->
        [yes] A new attempt may follow at any time. It may not work with the same payment method, so it is safest to pay now.
       *[no] A new attempt may follow at any time. It may not work with the same payment method, so please update it in your account or write to us.
    }
   *[by-hand] { $link ->
        [yes] Please try again, with another payment method if need be.
       *[no] Please try again, with another payment method if need be, or write to us.
    }
}
reason = You are receiving this because a payment for an invoice in your name failed.
push-title = Payment failed
push-body = Your payment of { $amount } to { $brand } did not go through. Please check your payment method.
