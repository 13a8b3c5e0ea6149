### お買い物の合計が節目に達した。

subject = { $brand }でのお買い物が{ $milestone }に達しました
preheader = これまでのご愛顧に心より感謝申し上げます。
label = 記念達成
heading = 記念すべき節目を迎えました
body = { $brand }でのお買い物の合計が{ $milestone }を超えました。これまでのご愛顧に心より感謝申し上げます。
reason = このメールは、当店のポイントをご利用のお客様にお送りしています。
push-title = 記念すべき節目を迎えました
push-body = { $brand }でのお買い物が{ $milestone }に達しました。ありがとうございます。
