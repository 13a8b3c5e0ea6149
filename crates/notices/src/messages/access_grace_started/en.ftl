### A payment is missing; access goes on until a day.
### $date: the last day. $brand: the merchant. $link: [yes] there is a button below, [no] there is none.

subject = Please pay by { $date } to keep your access to { $brand }
preheader = A payment is missing. For now, nothing changes for you.
label = Payment missing
heading = Your access continues for now
body = A payment to { $brand } is missing. We know that this can happen, so your access continues as usual until { $date }. If the payment is still missing then, we will have to pause it.
next = { $link ->
    [yes] Please pay now, and everything stays as it is.
   *[no] Please pay in your account, or write to us, and everything stays as it is.
}
reason = You are receiving this because a payment for your access is missing.
push-title = A payment is missing
push-body = Please pay by { $date } to keep your access to { $brand }.
