### Some days after a purchase. $date: the day of the purchase. $balance: the points with their word. $brand: the merchant.
### $offers: [yes] offers follow, [no] there are none.

subject = { $offers ->
    [yes] How was it? And something we picked for you
   *[no] How was it? We would like to know
}
preheader = { $offers ->
    [yes] Chosen for you by what you like.
   *[no] A word from you helps us to get better.
}
label = For you
heading = How was it?
body = On { $date }, you bought something at { $brand }. We hope that you enjoy it. If anything is not as it should be, write to us, and we will put it right.
meaning = You have { $balance } now.
offers-title = Picked for you
reason = You are receiving this because you agreed to hear about offers.
push-title = How was it?
push-body = { $offers ->
    [yes] We have picked something for you at { $brand }.
   *[no] We hope that you enjoy your purchase from { $brand }.
}
