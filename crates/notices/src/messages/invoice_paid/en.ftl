### An invoice is settled: the receipt.
### $settlement: [payment] received, [recorded] made elsewhere and entered by the merchant, [nothing-due] nothing had to be paid.
### $amount: what was paid. $brand: the merchant.

subject = { $settlement ->
    [nothing-due] Your invoice from { $brand } is settled
   *[payment] Receipt: { $amount } paid to { $brand }
}
preheader = { $settlement ->
    [nothing-due] There was nothing to pay this time.
   *[payment] Thank you. There is nothing more to do.
}
label = { $settlement ->
    [nothing-due] Settled
   *[payment] Paid
}
heading = { $settlement ->
    [nothing-due] Nothing to pay this time
   *[payment] Thank you for your payment
}
body = { $settlement ->
    [recorded] We have recorded your payment of { $amount }. Your invoice is settled, and there is nothing more to do. Please keep this message for your records.
    [nothing-due] Your new invoice came to { $amount }, so it is already settled and there is nothing to do. Please keep this message for your records.
   *[payment] We have received your payment of { $amount }. Your invoice is settled, and there is nothing more to do. Please keep this message for your records.
}
reason = You are receiving this because an invoice in your name was settled.
push-title = { $settlement ->
    [nothing-due] Nothing to pay
   *[payment] Payment received
}
push-body = { $settlement ->
    [nothing-due] Your invoice from { $brand } is settled. There was nothing to pay.
   *[payment] { $brand } has received your payment of { $amount }. Thank you!
}
