//! What in a reply is not its writer's own: reactions of a telephone, quoted messages, signatures.

/// Openings of the reactions that telephones send as text, folded and in lower case.
const REACTIONS: &[&str] = &[
    "loved",
    "liked",
    "disliked",
    "laughed at",
    "emphasized",
    "emphasised",
    "questioned",
    "reacted",
    "removed a",
    "removed an",
    "removed from",
    "le gusto",
    "no le gusto",
    "le encanto",
    "se rio de",
    "le dio risa",
    "pregunto por",
    "destaco",
    "me gusta",
    "no me gusta",
    "me encanta",
    "reacciono",
    "marco",
    "quito",
    "elimino",
    "enfatizo",
    "cuestiono",
    "a cuestionado",
    "ha reaccionado",
    "dio me gusta",
    "dio risa",
    "puso en duda",
    "resalto",
    "subrayo",
    "exclamo",
    "a aime",
    "a adore",
    "n'a pas aime",
    "a ri",
];

/// Words that may stand between the opening and the quoted text.
const BETWEEN: &[&str] = &[
    "to",
    "from",
    "a",
    "an",
    "an image",
    "de",
    "con",
    "like",
    "heart",
    "me gusta",
    "un",
    "una",
    "reaccion",
    "reaction",
    "with",
    "como",
    "importante",
    "gracioso",
    "exclamacion",
    "pregunta",
    "risa",
    "thumbs",
    "up",
    "down",
    "laugh",
    "question",
    "mark",
    "exclamation",
    "emphasis",
    "corazon",
    "el",
    "la",
    "su",
    "mensaje",
    "your",
    "message",
    "lo",
    "dislike",
    "love",
    "que",
    "me",
    "gusta",
    "gusto",
    "encanta",
    "no",
    "signo",
    "interrogacion",
    "ha",
    "ha-ha",
    "haha",
    "not",
    "divertido",
    "favorito",
];

/// `Loved "..."`, `Reacted ❤️ to "..."`, `👍 to "..."`: nothing of the writer's own, whatever the quoted text says.
pub(super) fn is_reaction(text: &str) -> bool {
    if !text.contains('"') {
        return lone_reaction(text);
    }
    let Some((before, rest)) = text.split_once('"') else { return false };
    let (quoted, after) = rest.rsplit_once('"').unwrap_or((rest, ""));
    if quoted.trim().is_empty() || after.chars().any(char::is_alphanumeric) {
        return false;
    }
    opens_reaction(before)
}

/// What the writer says behind the reaction of his telephone: `Loved "..." STOP`.
pub(super) fn behind_reaction(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once('"')?;
    let (quoted, after) = rest.rsplit_once('"')?;
    let own = after.chars().any(char::is_alphanumeric) && !after.contains('"');
    (own && !quoted.trim().is_empty() && opens_reaction(before)).then_some(after)
}

/// Android writes reactions to pictures without a quotation.
fn lone_reaction(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    ["liked an image", "loved an image", "laughed at an image", "disliked an image", "emphasized an image"]
        .iter()
        .any(|whole| lower == *whole)
}

fn opens_reaction(before: &str) -> bool {
    let before = before.trim().trim_end_matches(':').to_lowercase();
    let opening = REACTIONS.iter().any(|reaction| {
        before.strip_prefix(reaction).is_some_and(|rest| {
            (rest.is_empty() || !rest.starts_with(char::is_alphabetic))
                && rest
                    .split_whitespace()
                    .all(|word| BETWEEN.contains(&word) || !word.chars().any(char::is_alphanumeric))
        })
    });
    let emoji = ["to", "a"].iter().any(|to| before.strip_suffix(to).is_some_and(speaks_by_signs));
    opening || emoji
}

fn speaks_by_signs(sign: &str) -> bool {
    !sign.trim().is_empty() && !sign.chars().any(|letter| letter.is_ascii_alphanumeric())
}

/// Signatures of telephones and mail programs, in lower case.
const SIGNATURES: &[&str] = &[
    "sent from my iphone",
    "sent from my ipad",
    "sent from my android",
    "sent from my galaxy",
    "sent from my samsung",
    "sent from my verizon",
    "sent from my t-mobile",
    "sent from my mobile",
    "sent from my phone",
    "sent from my cell",
    "sent from my pixel",
    "sent from my motorola",
    "sent from my metro",
    "sent from my smartphone",
    "sent from my lg",
    "sent from my windows",
    "sent from my blackberry",
    "sent from my htc",
    "sent from my watch",
    "sent from my apple",
    "sent from mail for",
    "sent from yahoo",
    "sent from outlook",
    "sent from gmail",
    "sent from proton",
    "sent via",
    "get outlook for",
    "enviado desde mi",
    "enviado de mi",
    "envoye de mon",
];

/// Where a quoted message begins: everything after it is ours.
fn begins_quote(lower: &str) -> bool {
    let line = lower.trim();
    (line.starts_with("on ") || line.starts_with("el ") || line.starts_with("le "))
        && (line.ends_with("wrote:")
            || line.ends_with("escribio:")
            || line.ends_with("a ecrit :")
            || line.ends_with('>'))
        || line.contains("original message")
        || line.contains("mensaje original")
        || line.contains("forwarded message")
        || line.starts_with("________")
        || (line.starts_with("from:") && line.contains('@'))
}

/// Sentences of our own footers, which a person's own words do not hold.
fn is_footer(lower: &str) -> bool {
    let ours = [
        "to opt out",
        "to unsubscribe",
        "to stop",
        "to end",
        "to cancel",
        "to be removed",
        "2 stop",
        "2 end",
        "to quit",
        "para cancelar",
        "para no recibir",
        "for help",
        "to confirm",
        "msg & data",
        "msg and data",
        "para salir",
    ];
    let orders = ["reply ", "text ", "responda ", "txt ", "send ", "envie ", "msg"];
    let line = lower.trim().trim_start_matches(['(', '[', '*']);
    orders.iter().any(|order| line.starts_with(order))
        && ours.iter().any(|ours| line.contains(ours))
        && ["stop", "help", "alto", "end", "quit", "cancel", "unsubscribe", "msg &", "msg and", " c ", " y "]
            .iter()
            .any(|word| line.contains(word))
}

/// The text without what it quotes: passages of three words or more between quotation marks, lines that begin with
/// `>`, a quoted e-mail, signatures, footers of ours on a line of their own, and remarks in brackets about our own
/// message; and whether whole lines were quoted. `None` if nothing was to be taken off.
pub(super) fn without_quotes(text: &str) -> Option<(String, bool)> {
    let marks = text.bytes().any(|byte| matches!(byte, b'"' | b'>' | b'(' | b'\n'))
        || text.contains("Sent from")
        || text.contains("Sent via")
        || text.contains("sent from my");
    if !marks {
        return None;
    }
    let mut lines = String::with_capacity(text.len());
    let several = text.contains('\n');
    let mut whole_lines = false;
    for line in text.lines() {
        if line.trim_start().starts_with('>') {
            whole_lines |= line.split_whitespace().count() >= 3;
            continue;
        }
        let lower = line.to_lowercase();
        if several && begins_quote(&lower) {
            whole_lines = true;
            break;
        }
        if several && !lines.trim().is_empty() && is_footer(&lower) {
            continue;
        }
        let own = SIGNATURES
            .iter()
            .filter_map(|signature| lower.find(signature))
            .min()
            .filter(|_| lower.len() == line.len())
            .and_then(|at| line.get(..at))
            .unwrap_or(line);
        lines.push_str(own);
        lines.push('\n');
    }
    let mut own = String::with_capacity(lines.len());
    for (i, part) in lines.split('"').enumerate() {
        let quoted = i % 2 == 1 && part.split_whitespace().count() >= 3;
        own.push_str(if quoted { "\n" } else { part });
        own.push(' ');
    }
    let mut kept = String::with_capacity(own.len());
    let mut rest = own.as_str();
    while let Some((before, after)) = rest.split_once('(') {
        kept.push_str(before);
        let Some((inside, after)) = after.split_once(')') else {
            rest = after;
            continue;
        };
        let lower = inside.to_lowercase();
        let ours = lower.contains("reply")
            || lower.contains("your m")
            || lower.contains("ur m")
            || is_footer(&lower);
        if !ours {
            kept.push('(');
            kept.push_str(inside);
            kept.push(')');
        }
        rest = after;
    }
    kept.push_str(rest);
    Some((kept, whole_lines))
}
