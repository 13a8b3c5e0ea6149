### 請求書のお支払い完了（領収のお知らせ）。

subject = { $settlement ->
    [nothing-due] { $brand }のご請求は完了しています
   *[payment] お支払い完了のお知らせ：{ $brand } { $amount }
}
preheader = { $settlement ->
    [nothing-due] 今回のお支払いはありませんでした。
   *[payment] ありがとうございます。お手続きは以上で完了です。
}
label = { $settlement ->
    [nothing-due] 完了
   *[payment] お支払い済み
}
heading = { $settlement ->
    [nothing-due] 今回のお支払いはありません
   *[payment] お支払いありがとうございます
}
body = { $settlement ->
    [recorded] { $amount }のお支払いを記録いたしました。ご請求は完了しており、お客様のお手続きは必要ありません。このメールは控えとして保管してください。
    [nothing-due] 今回のご請求額は{ $amount }でしたので、すでに完了しております。お客様のお手続きは必要ありません。このメールは控えとして保管してください。
   *[payment] { $amount }のお支払いを受け取りました。ご請求は完了しており、お客様のお手続きは必要ありません。このメールは控えとして保管してください。
}
reason = このメールは、お客様宛ての請求書のお支払いが完了したためお送りしています。
push-title = { $settlement ->
    [nothing-due] お支払いはありません
   *[payment] お支払いを受け取りました
}
push-body = { $settlement ->
    [nothing-due] { $brand }のご請求は完了しています。今回のお支払いはありませんでした。
   *[payment] { $brand }が{ $amount }のお支払いを受け取りました。ありがとうございます。
}
