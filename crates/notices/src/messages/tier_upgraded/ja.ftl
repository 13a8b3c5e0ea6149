### 新しいランクに到達した。

subject = { $tier }ランクになりました。おめでとうございます
preheader = { $brand }の新しいランクの特典をご案内します。
label = ランクアップ
heading = { $tier }ランクへようこそ
body = { $balance }となり、{ $brand }の{ $tier }ランクに到達されました。おめでとうございます。日頃のご愛顧に心より感謝申し上げます。
benefits = 本日からの特典
reason = このメールは、当店のポイントをご利用のお客様にお送りしています。
push-title = { $tier }ランクへようこそ
push-body = { $brand }で新しいランクに到達されました。特典をご覧ください。
