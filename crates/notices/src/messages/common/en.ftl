### Words that all messages share. This is the source; the other languages say the same.

# The first line of a mail. $name: the customer's name.
greeting = Hello { $name },
greeting-without-name = Hello,

# Before the support address.
help = Questions? We are happy to help:

# The link at the end of mails that can be switched off.
unsubscribe = Unsubscribe

## Labels of facts.

fact-access-until = Access until
fact-amount-due = Amount
fact-amount-open = Amount due
fact-amount-paid = Amount paid
fact-attempt = Attempt
fact-balance = Your points
fact-card = Card
fact-date = Date
fact-due = Due
fact-expires = Valid until
fact-invoice = Invoice
fact-milestone = Your milestone
fact-next-attempt = Next attempt planned
fact-points-earned = You earned
fact-purchase = Purchase
fact-removed = Removed on
fact-tier = Your new tier

## Buttons. $amount: a sum of money. $brand: the merchant.

action-add-method = Add payment method
action-open = Open { $brand }
action-pay = Pay { $amount }
action-rewards = See your points and benefits
action-settle = Pay now
action-shop = Visit { $brand }
action-update-method = Update payment method
action-view-invoice = View invoice

## Notes.

already-paid = Already paid? Then you can ignore this message.

## Points and rewards.

# $number: how many, already written for the language. $plural: its plural category.
points = { $plural ->
    [one] { $number } point
   *[other] { $number } points
}
# $missing: a number of points with its word. $missing-plural: its plural category. $next-tier: the name of the tier above.
progress = { $missing } to go until { $next-tier }
# $credit: a sum of money.
granted-credit = As a thank-you, we have added a credit of { $credit } to your account. Your next invoice will use it by itself.
# $discount-kind: [percent] $discount is a number of percent, [amount] it is a sum of money. The code follows.
granted-code = { $discount-kind ->
    [percent] As a thank-you, you get { $discount }% off your next purchase. Enter this code at checkout:
   *[amount] As a thank-you, you get { $discount } off your next purchase. Enter this code at checkout:
}
# $expires: a day.
granted-code-expires = The code is valid until { $expires }.
offer-expires = Until { $expires }
