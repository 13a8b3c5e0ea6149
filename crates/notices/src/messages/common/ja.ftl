### すべてのメッセージに共通の言葉。丁寧語。

greeting = { $name } 様
greeting-without-name = お客様

help = ご不明な点がございましたら、お気軽にお問い合わせください：

unsubscribe = 配信停止

## 項目名。

fact-access-until = ご利用期限
fact-amount-due = 金額
fact-amount-open = 未払い金額
fact-amount-paid = お支払い金額
fact-attempt = 試行回数
fact-balance = 保有ポイント
fact-card = カード
fact-date = 日付
fact-due = お支払い予定日
fact-expires = 有効期限
fact-invoice = 請求書番号
fact-milestone = 達成した節目
fact-next-attempt = 次回の試行予定
fact-points-earned = 獲得ポイント
fact-purchase = お買い物
fact-removed = 削除日
fact-tier = 新しいランク

## ボタン。

action-add-method = お支払い方法を登録する
action-open = { $brand }を開く
action-pay = { $amount }を支払う
action-rewards = ポイントと特典を見る
action-settle = 今すぐ支払う
action-shop = { $brand }へ
action-update-method = お支払い方法を更新する
action-view-invoice = 請求書を見る

## 注記。

already-paid = すでにお支払い済みの場合は、このメールは破棄してください。

## ポイントと特典。

points = { $number }ポイント
progress = { $next-tier }まであと{ $missing }
granted-credit = 感謝の気持ちを込めて、お客様のアカウントに{ $credit }のクレジットを追加しました。次回のご請求に自動的に適用されます。
granted-code = { $discount-kind ->
    [percent] 感謝の気持ちを込めて、次回のお買い物が{ $discount }%割引になるクーポンをお贈りします。ご購入手続きの際に、次のコードを入力してください：
   *[amount] 感謝の気持ちを込めて、次回のお買い物が{ $discount }割引になるクーポンをお贈りします。ご購入手続きの際に、次のコードを入力してください：
}
granted-code-expires = コードの有効期限は{ $expires }です。
offer-expires = { $expires }まで
