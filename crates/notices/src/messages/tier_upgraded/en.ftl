### The customer reached a new tier. $tier: its name. $balance: the points with their word. $brand: the merchant.

subject = You are { $tier } now. Congratulations!
preheader = Here is what your new tier at { $brand } brings you.
label = New tier
heading = Welcome to { $tier }
body = With { $balance }, you have reached { $tier } at { $brand }. Congratulations, and thank you for your loyalty.
benefits = Your benefits from today
reason = You are receiving this because you collect points with us.
push-title = Welcome to { $tier }
push-body = You have reached a new tier at { $brand }. See what it brings you.
