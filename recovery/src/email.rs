//! The HTML part and the headers of an e-mail, made from its text.

use crate::{Fields, Language};

/// What follows stands below the words.
const FOOTER: &str = "\n--\n";

/// Links that are the point of a message, and are shown as a button.
const BUTTONS: &[&str] = &["book_link", "inspection_link"];

/// Every field a line of the text may link to.
const LINKS: &[&str] = &["book_link", "inspection_link", "photo_link", "unsubscribe_link"];

/// The HTML part: the same words as the text, each line "words: link" as a link of these words.
///
/// Everything is escaped after the values are in, so no value can add markup; only the value of a link field, which
/// [`Fields`] lets in as a plain address or not at all, becomes an address.
pub(crate) fn html(subject: &str, text: &str, language: Language, fields: &Fields<'_>) -> String {
    let mut page = String::with_capacity(text.len() * 2 + 1024);
    page.push_str("<!DOCTYPE html>\n<html lang=\"");
    page.push_str(language.as_str());
    page.push_str("\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    escape(subject, &mut page);
    page.push_str("</title>\n</head>\n<body style=\"margin:0;padding:1.5em;font-family:sans-serif;font-size:1rem;line-height:1.5;color:#1a1a1a;background:#ffffff\">\n<main style=\"max-width:36em\">\n");
    let known = |name: &&str| Some((fields.get(name)?, BUTTONS.contains(name)));
    let links: Vec<_> = LINKS.iter().filter_map(known).collect();
    let (words, footer) = text.split_once(FOOTER).unwrap_or((text, ""));
    paragraphs(words, &links, &mut page);
    page.push_str("</main>\n");
    if !footer.trim().is_empty() {
        page.push_str("<footer style=\"max-width:36em;margin-top:2em;border-top:1px solid #767676;font-size:0.875rem;color:#595959\">\n");
        paragraphs(footer, &links, &mut page);
        page.push_str("</footer>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn paragraphs(text: &str, links: &[(&str, bool)], page: &mut String) {
    let mut open = false;
    let close = |open: &mut bool, page: &mut String| {
        if core::mem::take(open) {
            page.push_str("</p>\n");
        }
    };
    for line in text.lines() {
        if line.trim().is_empty() {
            close(&mut open, page);
            continue;
        }
        page.push_str(if open { "<br>\n" } else { "<p>" });
        open = true;
        match linked(line, links) {
            None => escape(line, page),
            Some((words, link, button)) => {
                page.push_str("<a href=\"");
                escape(link, page);
                page.push_str(if button {
                    "\" style=\"display:inline-block;padding:0.75em 1.25em;border-radius:0.25em;background:#0b4f9c;color:#ffffff;text-decoration:none\">"
                } else {
                    "\" style=\"color:#0b4f9c\">"
                });
                escape(words, page);
                page.push_str("</a>");
            }
        }
    }
    close(&mut open, page);
}

/// The words, the address and whether it is a button, of a line "words: link".
fn linked<'t>(line: &'t str, links: &[(&'t str, bool)]) -> Option<(&'t str, &'t str, bool)> {
    links
        .iter()
        .find_map(|&(link, button)| Some((line.strip_suffix(link)?.strip_suffix(": ")?, link, button)))
}

fn escape(text: &str, page: &mut String) {
    let mut rest = text;
    let special = |b: u8| matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'');
    while let Some(place) = rest.bytes().position(special) {
        let Some((before, after)) = rest.split_at_checked(place) else { break };
        page.push_str(before);
        let mut chars = after.chars();
        page.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&#39;",
        });
        rest = chars.as_str();
    }
    page.push_str(rest);
}

/// The headers by which a mail program unsubscribes: `List-Unsubscribe` (RFC 2369) and, where the link is `https`, the
/// word that one POST to it is enough (RFC 8058).
pub(crate) fn headers(fields: &Fields<'_>) -> Vec<(&'static str, String)> {
    let Some(link) = fields.get("unsubscribe_link") else { return Vec::new() };
    let list = match fields.get("unsubscribe_mail") {
        Some(mail) => format!("<mailto:{mail}?subject=unsubscribe>, <{link}>"),
        None => format!("<{link}>"),
    };
    let mut headers = vec![("List-Unsubscribe", list)];
    if link.starts_with("https://") {
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers
}
