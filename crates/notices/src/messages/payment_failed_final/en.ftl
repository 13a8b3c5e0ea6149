### An attempt to collect an invoice failed, and no other one is planned.
### $amount: what is still open. $brand: the merchant.
### $link: [yes] there is a button to pay below, [no] there is none.

subject = Please pay your open invoice: { $amount } to { $brand }
preheader = No further automatic attempt is planned. Please pay the invoice yourself.
label = Action needed
heading = Your invoice is still open
body = We could not collect { $amount } for your invoice from { $brand }. No further automatic attempt is planned, so the invoice stays open until you pay it.
next = { $link ->
    [yes] Please pay it now, with any payment method you like. It takes about a minute.
   *[no] Please pay it in your account, or write to us and we will find a way.
}
reason = You are receiving this because a payment for an invoice in your name failed.
push-title = Your invoice is still open
push-body = Please pay { $amount } to { $brand }. No further automatic attempt is planned.
