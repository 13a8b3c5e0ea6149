### The card that payments rely on is about to expire, or has expired.
### $card: brand and last digits. $month: its last month. $state: [expiring] soon, [expired] already. $brand: the merchant.
### $link: [yes] there is a button below, [no] there is none.

subject = { $state ->
    [expired] Your card { $card } has expired
   *[expiring] Your card { $card } is about to expire
}
preheader = Add your new card, and your payments go on without a break.
label = { $state ->
    [expired] Card expired
   *[expiring] Card expires soon
}
heading = { $state ->
    [expired] Your card has expired
   *[expiring] Your card is about to expire
}
body = { $state ->
    [expired] The card { $card }, which you use with { $brand }, was valid until { $month }. Payments with it will probably be declined.
   *[expiring] The card { $card }, which you use with { $brand }, is valid until { $month }. After that, payments with it will probably be declined.
}
next = { $link ->
    [yes] Please enter your new card, so that your payments go on without a break.
   *[no] Please enter your new card in your account, so that your payments go on without a break, or write to us.
}
note = Has your bank already passed on the new date? Then you do not need to do anything.
reason = You are receiving this because this card is stored in your account.
push-title = { $state ->
    [expired] Your card has expired
   *[expiring] Your card expires soon
}
push-body = { $card }, { $month }. Please enter your new card at { $brand }.
