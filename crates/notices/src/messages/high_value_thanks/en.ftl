### Thanks for a large purchase. $amount: what was paid. $earned: the points with their word. $brand: the merchant.

subject = Thank you for your big purchase at { $brand }
preheader = You earned { $earned } in one go.
label = Special thanks
heading = That was something special
body = Thank you for your purchase of { $amount } at { $brand }. It means a lot to us, and it earned you { $earned } in one go.
meaning = If anything is not perfect, write to us. We will take care of it first.
reason = You are receiving this because you collect points with us.
push-title = { $earned } in one go
push-body = Thank you for your purchase of { $amount } at { $brand }. It means a lot to us.
