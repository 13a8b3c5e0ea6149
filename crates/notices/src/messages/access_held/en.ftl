### Access is paused, because something is missing.
### $brand: the merchant. $link: [yes] there is a button below, [no] there is none.
### $missing: [payment] a payment, [method] there is no payment method, [subscription] the subscription has ended.

subject = Your access to { $brand } is paused
preheader = { $missing ->
    [method] Add a payment method, and it comes back. Your data is safe.
    [subscription] Subscribe again, and it comes back. Your data is safe.
   *[payment] Pay, and it comes back. Your data is safe.
}
label = Access paused
heading = Your access is paused
body = { $missing ->
    [method] No payment method is stored in your account with { $brand }, so we have paused your access. Your account and everything in it is kept.
    [subscription] Your subscription with { $brand } has ended, so we have paused your access. Your account and everything in it is kept.
   *[payment] A payment to { $brand } is still missing, so we have paused your access. Your account and everything in it is kept.
}
next = { $missing ->
    [method] { $link ->
        [yes] Please add a payment method now, so that your access can come back.
       *[no] Please add a payment method in your account, or write to us, so that your access can come back.
    }
    [subscription] { $link ->
        [yes] If you would like to come back, please subscribe again.
       *[no] If you would like to come back, please subscribe again in your account, or write to us.
    }
   *[payment] { $link ->
        [yes] Please pay now. As soon as the payment has arrived, your access comes back by itself.
       *[no] Please pay in your account, or write to us. As soon as the payment has arrived, your access comes back by itself.
    }
}
reason = { $missing ->
    [method] You are receiving this because your account has no payment method.
    [subscription] You are receiving this because your subscription has ended.
   *[payment] You are receiving this because a payment for your access is missing.
}
push-title = Your access is paused
push-body = { $missing ->
    [method] No payment method is stored at { $brand }. Add one, so that your access can come back.
    [subscription] Your subscription with { $brand } has ended.
   *[payment] A payment to { $brand } is missing. Pay, and your access comes back by itself.
}
