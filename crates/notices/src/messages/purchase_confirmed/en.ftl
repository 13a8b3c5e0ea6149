### A purchase earned points. $amount: what was paid. $earned: the points with their word. $brand: the merchant.

subject = You earned { $earned } at { $brand }
preheader = Thank you for your purchase of { $amount }.
label = Points earned
heading = Thank you for your purchase
body = Your purchase of { $amount } at { $brand } earned you { $earned }. Your account is up to date already.
reason = You are receiving this because you collect points with us.
push-title = You earned { $earned }
push-body = Thank you for your purchase of { $amount } at { $brand }.
