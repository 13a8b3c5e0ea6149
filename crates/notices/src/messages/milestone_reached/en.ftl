### What a customer has bought over time reached a mark. $milestone: the mark. $brand: the merchant.

subject = A milestone: { $milestone } with { $brand }
preheader = Thank you for your trust over all this time.
label = Milestone
heading = You have reached a milestone
body = Your purchases at { $brand } have passed { $milestone } in total. Thank you for your trust over all this time.
reason = You are receiving this because you collect points with us.
push-title = You have reached a milestone
push-body = { $milestone } with { $brand }. Thank you for your trust.
