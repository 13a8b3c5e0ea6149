### The customer's bank wants a payment confirmed (3-D Secure).
### $amount: what is to be paid. $brand: the merchant. $link: [yes] there is a button below, [no] there is none.

subject = Please confirm your payment of { $amount } to { $brand }
preheader = Your bank wants to be sure that it is you.
label = Confirmation needed
heading = Your bank asks you to confirm
body = Your payment of { $amount } to { $brand } is waiting. Before your bank lets it through, it wants to be sure that it is you.
next = { $link ->
    [yes] Please confirm the payment. Your bank will show you how, usually with its app or a code.
   *[no] Please confirm the payment in your account, or write to us.
}
action = Confirm payment
note = Until you confirm, nothing is charged.
reason = You are receiving this because a payment in your name waits for your confirmation.
push-title = Confirm your payment
push-body = Your bank asks you to confirm { $amount } to { $brand }.
