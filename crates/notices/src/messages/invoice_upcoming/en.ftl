### A subscription's next invoice is about to be made.
### $amount: what it will come to. $brand: the merchant. $when: [known] it is due on $date, [soon] the day is not known.
### $payment: [automatic] the stored payment method is charged, [by-hand] the customer gets an invoice to pay.

subject = { $when ->
    [known] Coming up on { $date }: { $amount } to { $brand }
   *[soon] Coming up: { $amount } to { $brand }
}
preheader = { $payment ->
    [by-hand] Your next invoice is on its way.
   *[automatic] You do not need to do anything.
}
label = Coming up
heading = Your next payment
body = { $payment ->
    [by-hand] { $when ->
        [known] Your next invoice from { $brand } will come to { $amount } and will be issued around { $date }. We will send it to you to pay.
       *[soon] Your next invoice from { $brand } will come to { $amount } and will be issued soon. We will send it to you to pay.
    }
   *[automatic] { $when ->
        [known] Your next payment to { $brand } will be about { $amount }. We plan to charge your stored payment method around { $date }; you do not need to do anything.
       *[soon] Your next payment to { $brand } will be about { $amount }. We plan to charge your stored payment method soon; you do not need to do anything.
    }
}
action = Manage subscription
reason = You are receiving this because you have a subscription.
push-title = Coming up: { $amount }
push-body = { $when ->
    [known] Your next payment to { $brand } is due around { $date }.
   *[soon] Your next payment to { $brand } is due soon.
}
