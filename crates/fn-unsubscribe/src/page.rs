//! The page: one card, light and dark, without scripts.

use notices::Brand;

/// What is on the page.
pub(crate) struct Page<'a> {
    pub(crate) brand: &'a Brand,
    pub(crate) language: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'a str,
    pub(crate) note: Option<&'static str>,
    pub(crate) help: Option<&'static str>,
    pub(crate) button: Option<Button>,
    pub(crate) token: &'a str,
}

/// The one thing to do.
pub(crate) struct Button {
    pub(crate) label: &'static str,
    pub(crate) comes_back: bool,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f4f4f6;--card:#fff;--ink:#1b1b1f;--soft:#5a5a66;--line:#dcdce2;--go:#1b1b1f;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#121215;--card:#1d1d22;--ink:#f0f0f3;--soft:#a9a9b6;--line:#34343c;--go:#f0f0f3;--on:#121215}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--ground);
color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Noto Sans JP',sans-serif}
main{width:100%;max-width:440px;padding:32px;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--brand);border-radius:12px}
h1{margin:4px 0 12px;font-size:22px;line-height:1.25}p{margin:0 0 16px;overflow-wrap:anywhere}.brand,.soft{color:var(--soft);font-size:14px}
p:last-child{margin:0}button{width:100%;min-height:48px;margin:8px 0 20px;padding:10px 20px;border:0;border-radius:8px;background:var(--go);
color:var(--on);font:inherit;font-weight:600;cursor:pointer}button.soft{background:none;color:var(--ink);border:1px solid var(--line)}
button:focus-visible,a:focus-visible{outline:3px solid var(--brand);outline-offset:2px}a{color:inherit}";

impl Page<'_> {
    pub(crate) fn html(&self) -> String {
        let Self { brand, language, title, .. } = self;
        let (name, text) = (escape(&brand.name), escape(self.text));
        let note = self.note.map(|note| format!("<p class=\"soft\">{note}</p>\n")).unwrap_or_default();
        format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title} · {name}</title>\n<style>:root{{--brand:{color}}}\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <p class=\"brand\">{name}</p>\n<h1>{title}</h1>\n<p>{text}</p>\n{form}{note}{help}</main>\n</body>\n</html>\n",
            color = brand.color,
            form = self.form(),
            help = self.help_line(),
        )
    }

    fn form(&self) -> String {
        let Some(Button { label, comes_back }) = &self.button else { return String::new() };
        let (token, language) = (escape(self.token), self.language);
        let (class, wish) = if *comes_back { (" class=\"soft\"", "&amp;do=back") } else { ("", "") };
        format!(
            "<form method=\"post\" action=\"?l={language}&amp;t={token}{wish}\"><button{class}>{label}</button></form>\n"
        )
    }

    fn help_line(&self) -> String {
        let Some(help) = self.help else { return String::new() };
        let address = escape(&self.brand.support_email);
        let link = format!("<a href=\"mailto:{address}\">{address}</a>");
        format!("<p class=\"soft\">{}</p>\n", help.replace("{address}", &link))
    }
}

/// For text and for attributes in double quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}
