//! What the page says, in every language. A missing text does not compile.

use notices::{Language, Topic};

use crate::Say;

/// A headline, and a sentence with `{brand}` and `{topic}`.
type Said = (&'static str, &'static str);

/// One language.
pub(crate) struct Words {
    pub(crate) tag: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) come_back: &'static str,
    /// What still comes.
    pub(crate) note: &'static str,
    /// Whom to ask: `{address}`.
    pub(crate) help: &'static str,
    rewards: &'static str,
    offers: &'static str,
    ask: Said,
    left: Said,
    left_before: Said,
    back: Said,
    erased: Said,
    not_whole: Said,
    not_now: Said,
}

impl Words {
    pub(crate) const fn of(language: Language) -> Self {
        match language {
            Language::English => ENGLISH,
            Language::German => GERMAN,
            Language::French => FRENCH,
            Language::Spanish => SPANISH,
            Language::BrazilianPortuguese => PORTUGUESE,
            Language::Japanese => JAPANESE,
        }
    }

    pub(crate) const fn say(&self, say: Say) -> Said {
        match say {
            Say::Ask => self.ask,
            Say::Left => self.left,
            Say::LeftBefore => self.left_before,
            Say::Back => self.back,
            Say::Erased => self.erased,
            Say::NotWhole => self.not_whole,
            Say::NotNow => self.not_now,
        }
    }

    /// What the emails are about; nothing for what cannot be left.
    pub(crate) const fn topic(&self, topic: Topic) -> &'static str {
        match topic {
            Topic::Rewards => self.rewards,
            Topic::Offers => self.offers,
            Topic::Payments | Topic::Account => "",
        }
    }
}

const ENGLISH: Words = Words {
    tag: "en",
    leave: "Unsubscribe",
    come_back: "Subscribe again",
    note: "Receipts and important messages about your account still reach you.",
    help: "Questions? Write to {address}.",
    rewards: "points and rewards",
    offers: "offers",
    ask: ("Unsubscribe?", "You will get no more emails from {brand} about {topic}."),
    left: ("You are unsubscribed", "You get no more emails from {brand} about {topic}."),
    left_before: ("You are unsubscribed already", "You get no emails from {brand} about {topic}. Nothing has changed."),
    back: ("Welcome back", "You get emails from {brand} about {topic} again."),
    erased: ("There is nothing to unsubscribe", "{brand} keeps no data of you any more and sends you nothing."),
    not_whole: (
        "This link does not work",
        "It is incomplete or too old, and nothing has changed. Please use the link in the latest email from {brand}.",
    ),
    not_now: ("That did not work", "Nothing has changed. Please try again in a few minutes."),
};

const GERMAN: Words = Words {
    tag: "de",
    leave: "Abbestellen",
    come_back: "Wieder bestellen",
    note: "Belege und wichtige Nachrichten zu Ihrem Konto erhalten Sie weiterhin.",
    help: "Fragen? Schreiben Sie an {address}.",
    rewards: "Punkte und Prämien",
    offers: "Angebote",
    ask: ("Abbestellen?", "Sie erhalten dann von {brand} keine E-Mails mehr über {topic}."),
    left: ("Sie haben abbestellt", "Sie erhalten von {brand} keine E-Mails mehr über {topic}."),
    left_before: (
        "Sie haben bereits abbestellt",
        "Sie erhalten von {brand} keine E-Mails über {topic}. Es hat sich nichts geändert.",
    ),
    back: ("Willkommen zurück", "Sie erhalten von {brand} wieder E-Mails über {topic}."),
    erased: ("Es gibt nichts abzubestellen", "{brand} hat keine Daten mehr von Ihnen und schickt Ihnen nichts."),
    not_whole: (
        "Dieser Link funktioniert nicht",
        "Er ist unvollständig oder zu alt; es hat sich nichts geändert. Bitte nehmen Sie den Link in der neuesten E-Mail von {brand}.",
    ),
    not_now: (
        "Das hat nicht geklappt",
        "Es hat sich nichts geändert. Bitte versuchen Sie es in einigen Minuten noch einmal.",
    ),
};

const FRENCH: Words = Words {
    tag: "fr",
    leave: "Se désabonner",
    come_back: "Se réabonner",
    note: "Vous recevrez toujours vos reçus et les messages importants sur votre compte.",
    help: "Une question\u{a0}? Écrivez à {address}.",
    rewards: "points et récompenses",
    offers: "offres",
    ask: ("Se désabonner\u{a0}?", "Vous ne recevrez plus d’e-mails de {brand} sur ce sujet\u{a0}: {topic}."),
    left: ("Vous êtes désabonné", "Vous ne recevrez plus d’e-mails de {brand} sur ce sujet\u{a0}: {topic}."),
    left_before: (
        "Vous êtes déjà désabonné",
        "Vous ne recevez pas d’e-mails de {brand} sur ce sujet\u{a0}: {topic}. Rien n’a changé.",
    ),
    back: ("Heureux de vous retrouver", "Vous recevrez de nouveau les e-mails de {brand} sur ce sujet\u{a0}: {topic}."),
    erased: ("Il n’y a rien à désabonner", "{brand} n’a plus aucune donnée sur vous et ne vous envoie rien."),
    not_whole: (
        "Ce lien ne fonctionne pas",
        "Il est incomplet ou trop ancien, et rien n’a changé. Utilisez le lien du dernier e-mail de {brand}.",
    ),
    not_now: ("Cela n’a pas fonctionné", "Rien n’a changé. Veuillez réessayer dans quelques minutes."),
};

const SPANISH: Words = Words {
    tag: "es",
    leave: "Cancelar la suscripción",
    come_back: "Volver a suscribirse",
    note: "Seguirá recibiendo sus recibos y los mensajes importantes sobre su cuenta.",
    help: "¿Tiene preguntas? Escriba a {address}.",
    rewards: "puntos y recompensas",
    offers: "ofertas",
    ask: ("¿Cancelar la suscripción?", "Ya no recibirá correos de {brand} sobre {topic}."),
    left: ("Suscripción cancelada", "Ya no recibirá correos de {brand} sobre {topic}."),
    left_before: (
        "La suscripción ya estaba cancelada",
        "No recibe correos de {brand} sobre {topic}. Nada ha cambiado.",
    ),
    back: ("Gracias por volver", "Recibirá de nuevo correos de {brand} sobre {topic}."),
    erased: ("No hay nada que cancelar", "{brand} ya no guarda datos suyos y no le envía nada."),
    not_whole: (
        "Este enlace no funciona",
        "Está incompleto o es demasiado antiguo, y nada ha cambiado. Use el enlace del último correo de {brand}.",
    ),
    not_now: ("No ha funcionado", "Nada ha cambiado. Inténtelo de nuevo en unos minutos."),
};

const PORTUGUESE: Words = Words {
    tag: "pt-BR",
    leave: "Cancelar inscrição",
    come_back: "Inscrever-se novamente",
    note: "Você continua recebendo recibos e mensagens importantes sobre a sua conta.",
    help: "Dúvidas? Escreva para {address}.",
    rewards: "pontos e recompensas",
    offers: "ofertas",
    ask: ("Cancelar a inscrição?", "Você não receberá mais e-mails de {brand} sobre {topic}."),
    left: ("Inscrição cancelada", "Você não recebe mais e-mails de {brand} sobre {topic}."),
    left_before: ("A inscrição já estava cancelada", "Você não recebe e-mails de {brand} sobre {topic}. Nada mudou."),
    back: ("Que bom ter você de volta", "Você receberá novamente e-mails de {brand} sobre {topic}."),
    erased: ("Não há nada para cancelar", "{brand} não guarda mais dados seus e não envia nada a você."),
    not_whole: (
        "Este link não funciona",
        "Ele está incompleto ou é antigo demais, e nada mudou. Use o link do último e-mail de {brand}.",
    ),
    not_now: ("Não deu certo", "Nada mudou. Tente novamente em alguns minutos."),
};

const JAPANESE: Words = Words {
    tag: "ja",
    leave: "配信を停止する",
    come_back: "もう一度受け取る",
    note: "領収書やアカウントに関する重要なお知らせは、引き続きお送りします。",
    help: "ご不明な点は {address} までお問い合わせください。",
    rewards: "ポイントと特典",
    offers: "お得な情報",
    ask: ("配信を停止しますか?", "{brand}から「{topic}」に関するメールが届かなくなります。"),
    left: ("配信を停止しました", "{brand}から「{topic}」に関するメールは届きません。"),
    left_before: (
        "すでに配信を停止しています",
        "{brand}から「{topic}」に関するメールは届きません。設定は変わっていません。",
    ),
    back: ("配信を再開しました", "{brand}から「{topic}」に関するメールをふたたびお送りします。"),
    erased: ("停止する配信はありません", "{brand}はお客様の情報を保持しておらず、何もお送りしません。"),
    not_whole: (
        "このリンクは使えません",
        "リンクが不完全か、古すぎます。設定は変わっていません。{brand}からの最新のメールにあるリンクをお使いください。",
    ),
    not_now: ("処理できませんでした", "設定は変わっていません。数分後にもう一度お試しください。"),
};
