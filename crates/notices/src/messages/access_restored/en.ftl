### What was missing came, and access is back. $brand: the merchant. $paid: [yes] by a payment, [no] by something else.

subject = Your access to { $brand } is back
preheader = { $paid ->
    [yes] Your payment has arrived. Thank you.
   *[no] Everything is where you left it.
}
label = Access restored
heading = Welcome back
body = { $paid ->
    [yes] Thank you, your payment has arrived. Your access to { $brand } is back, and everything is where you left it. There is nothing more to do.
   *[no] Your access to { $brand } is back, and everything is where you left it. There is nothing more to do.
}
reason = You are receiving this because your access changed.
push-title = Welcome back
push-body = { $paid ->
    [yes] Your payment has arrived, and your access to { $brand } is back.
   *[no] Your access to { $brand } is back.
}
