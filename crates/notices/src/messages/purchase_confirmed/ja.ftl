### お買い物でポイントを獲得した。

subject = { $brand }で{ $earned }を獲得しました
preheader = { $amount }のお買い物をありがとうございます。
label = ポイント獲得
heading = お買い物ありがとうございます
body = { $brand }での{ $amount }のお買い物で、{ $earned }を獲得されました。ポイントはすでにアカウントに加算されています。
reason = このメールは、当店のポイントをご利用のお客様にお送りしています。
push-title = { $earned }を獲得しました
push-body = { $brand }での{ $amount }のお買い物をありがとうございます。
