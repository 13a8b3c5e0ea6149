### Words that all messages share.

# The first line of a mail. $name: the customer's name.
greeting = Hello { $name },
greeting-without-name = Hello,

# Before the support address.
help = Questions? We are happy to help:

# The link at the end of mails that can be switched off.
unsubscribe = Unsubscribe

## Labels of the table of facts.

fact-amount-paid = Amount paid
fact-amount-open = Amount due
fact-attempt = Attempt
fact-date = Date
fact-invoice = Invoice
fact-next-attempt = Next attempt planned

## Buttons. $amount: a sum of money.

action-view-invoice = View invoice
action-pay = Pay { $amount }

## Notes.

already-paid = Already paid? Then you can ignore this message.
