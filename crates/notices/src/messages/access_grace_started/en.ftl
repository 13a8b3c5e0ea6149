### Something is missing; access goes on until a day.
### $date: the last day. $brand: the merchant. $link: [yes] there is a button below, [no] there is none.
### $missing: [payment] a payment, [method] there is no payment method, [subscription] the subscription has ended.

subject = { $missing ->
    [method] Please add a payment method at { $brand } by { $date }
    [subscription] Your access to { $brand } ends on { $date }
   *[payment] Please pay by { $date } to keep your access to { $brand }
}
preheader = { $missing ->
    [method] No payment method is stored. For now, nothing changes for you.
    [subscription] Your subscription has ended. For now, nothing changes for you.
   *[payment] A payment is missing. For now, nothing changes for you.
}
label = { $missing ->
    [method] Payment method missing
    [subscription] Subscription ended
   *[payment] Payment missing
}
heading = Your access continues for now
body = { $missing ->
    [method] No payment method is stored in your account with { $brand }, so your next payment cannot be collected. Your access continues as usual until { $date }. If there is still no payment method then, we will have to pause it.
    [subscription] Your subscription with { $brand } has ended. Your access continues as usual until { $date }.
   *[payment] A payment to { $brand } is missing. We know that this can happen, so your access continues as usual until { $date }. If the payment is still missing then, we will have to pause it.
}
next = { $missing ->
    [method] { $link ->
        [yes] Please add a payment method now, and everything stays as it is.
       *[no] Please add a payment method in your account, or write to us, and everything stays as it is.
    }
    [subscription] { $link ->
        [yes] If you would like to stay, please subscribe again before then.
       *[no] If you would like to stay, please subscribe again in your account before then, or write to us.
    }
   *[payment] { $link ->
        [yes] Please pay now, and everything stays as it is.
       *[no] Please pay in your account, or write to us, and everything stays as it is.
    }
}
reason = { $missing ->
    [method] You are receiving this because your account has no payment method.
    [subscription] You are receiving this because your subscription has ended.
   *[payment] You are receiving this because a payment for your access is missing.
}
push-title = { $missing ->
    [method] Payment method missing
    [subscription] Your subscription has ended
   *[payment] A payment is missing
}
push-body = { $missing ->
    [method] Please add one by { $date } to keep your access to { $brand }.
    [subscription] Your access to { $brand } continues until { $date }.
   *[payment] Please pay by { $date } to keep your access to { $brand }.
}
