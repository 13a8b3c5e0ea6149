### サブスクリプションの次回のご請求が近づいている。

subject = { $when ->
    [known] 次回のお支払いのお知らせ（{ $date }）：{ $brand } { $amount }
   *[soon] 次回のお支払いのお知らせ：{ $brand } { $amount }
}
preheader = { $payment ->
    [by-hand] まもなく次回の請求書をお送りします。
   *[automatic] お客様のお手続きは必要ありません。
}
label = お知らせ
heading = 次回のお支払い
body = { $payment ->
    [by-hand] { $when ->
        [known] { $brand }の次回のご請求額は{ $amount }で、{ $date }頃に発行予定です。請求書をお送りしますので、お支払いをお願いいたします。
       *[soon] { $brand }の次回のご請求額は{ $amount }で、まもなく発行予定です。請求書をお送りしますので、お支払いをお願いいたします。
    }
   *[automatic] { $when ->
        [known] { $brand }への次回のお支払いは約{ $amount }です。{ $date }頃に、ご登録のお支払い方法でお支払い処理を行う予定です。お客様のお手続きは必要ありません。
       *[soon] { $brand }への次回のお支払いは約{ $amount }です。まもなく、ご登録のお支払い方法でお支払い処理を行う予定です。お客様のお手続きは必要ありません。
    }
}
action = サブスクリプションを管理する
reason = このメールは、サブスクリプションをご利用中のお客様にお送りしています。
push-title = 次回のお支払い：{ $amount }
push-body = { $when ->
    [known] { $brand }への次回のお支払いは{ $date }頃の予定です。
   *[soon] { $brand }への次回のお支払いが近づいています。
}
