### Access is paused, because a payment is missing.
### $brand: the merchant. $link: [yes] there is a button below, [no] there is none.

subject = Your access to { $brand } is paused
preheader = Pay, and it comes back. Your data is safe.
label = Access paused
heading = Your access is paused
body = A payment to { $brand } is still missing, so we have paused your access. Your account and everything in it is kept.
next = { $link ->
    [yes] Please pay now. As soon as the payment has arrived, your access comes back by itself.
   *[no] Please pay in your account, or write to us. As soon as the payment has arrived, your access comes back by itself.
}
reason = You are receiving this because a payment for your access is missing.
push-title = Your access is paused
push-body = A payment to { $brand } is missing. Pay, and your access comes back by itself.
