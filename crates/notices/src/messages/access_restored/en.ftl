### The missing payment came, and access is back. $brand: the merchant.

subject = Your access to { $brand } is back
preheader = Your payment has arrived. Thank you.
label = Access restored
heading = Welcome back
body = Thank you, your payment has arrived. Your access to { $brand } is back, and everything is where you left it. There is nothing more to do.
reason = You are receiving this because your access changed.
push-title = Welcome back
push-body = Your payment has arrived, and your access to { $brand } is back.
