//! From what people type to words: quotes and reactions taken off, case, accents and shorthand put right.

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, no accents, no apostrophes, shorthand written out.
    pub(super) text: String,
    /// Written with a capital first letter and small letters after it, as names are.
    pub(super) capital: bool,
}

/// A text, ready to be read.
#[derive(Debug)]
pub(super) struct Reduced {
    /// Words between marks that end a thought.
    pub(super) clauses: Vec<Vec<Word>>,
    /// A telephone's reaction to one of our messages.
    pub(super) reaction: bool,
}

/// Openings of the reactions that telephones send as text.
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
    "le gusto",
    "no le gusto",
    "le encanto",
    "se rio de",
    "le dio risa",
    "pregunto por",
    "destaco",
    "me gusta",
    "me encanta",
    "reacciono",
];

/// Longest text that is read whole, in characters: a text message of ten parts. Of a longer one the middle is cut.
const LONGEST: usize = 1600;

/// The text, or of a long one the first and the last part: people put what they want at the end.
fn ends(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    text.chars().take(half).chain(['\n']).chain(text.chars().skip(length - half)).collect()
}

/// Marks that stand on a letter or take no room: accents written apart, joiners, direction marks.
const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

pub(super) fn reduce(text: &str) -> Reduced {
    let text: String = ends(text).chars().filter(|letter| !is_unseen(*letter)).map(fold).collect();
    let reaction = is_reaction(&text);
    let own = without_quotes(&text);
    let own = if own.chars().any(char::is_alphanumeric) { own } else { text };
    Reduced { clauses: clauses(&own), reaction }
}

/// Accents off, typographic marks to plain ones.
fn fold(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        'Á' | 'À' | 'Â' => 'A',
        'É' | 'È' | 'Ê' => 'E',
        'Í' => 'I',
        'Ó' => 'O',
        'Ú' => 'U',
        'Ñ' => 'N',
        '“' | '”' | '„' | '«' | '»' | '″' => '"',
        '‘' | '’' | '´' | '`' | 'ʼ' => '\'',
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        // Letters of the "fancy font" keyboards: thirteen alphabets of capitals and small letters.
        '\u{1D400}'..='\u{1D6A3}' => u8::try_from((u32::from(letter) - 0x1_D400) % 52)
            .map_or(letter, |place| char::from(if place < 26 { b'A' + place } else { b'a' + place - 26 })),
        other => other,
    }
}

/// `Loved "..."`, `Reacted ❤️ to "..."`, `👍 to "..."`.
fn is_reaction(text: &str) -> bool {
    let Some((before, quoted)) = text.split_once('"') else { return false };
    if quoted.trim().is_empty() {
        return false;
    }
    let before = before.trim().trim_end_matches(':').to_lowercase();
    let opening = REACTIONS.iter().any(|reaction| {
        before.strip_prefix(reaction).is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty()
                || rest.ends_with("to")
                || rest.ends_with("from")
                || rest.ends_with(" a")
                || rest == "a"
                || rest == "an image"
                || rest == "de"
        })
    });
    let emoji = before.strip_suffix("to").is_some_and(|sign| {
        !sign.trim().is_empty() && !sign.chars().any(|letter| letter.is_ascii_alphanumeric())
    });
    opening || emoji
}

/// The text without what it quotes: passages of three words or more between quotation marks, lines that begin with
/// `>`, and remarks in brackets about our own message.
fn without_quotes(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    let mut own = String::new();
    for (i, part) in lines.join("\n").split('"').enumerate() {
        let quoted = i % 2 == 1 && part.split_whitespace().count() >= 3;
        own.push_str(if quoted { "\n" } else { part });
        own.push(' ');
    }
    let mut kept = String::new();
    let mut rest = own.as_str();
    while let Some((before, after)) = rest.split_once('(') {
        kept.push_str(before);
        let Some((inside, after)) = after.split_once(')') else {
            rest = after;
            continue;
        };
        let lower = inside.to_lowercase();
        if !(lower.contains("reply") || lower.contains("your m") || lower.contains("ur m")) {
            kept.push_str(inside);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn clauses(text: &str) -> Vec<Vec<Word>> {
    let mut clauses = vec![];
    let mut clause: Vec<Word> = vec![];
    let mut word = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i)).copied().unwrap_or(' ');
        let after = letters.get(i + 1).copied().unwrap_or(' ');
        let within_number = before.is_ascii_digit() && after.is_ascii_digit();
        // A dot between single letters: s.t.o.p
        let within_letters = before.is_alphabetic() && after.is_alphabetic() && word.chars().count() == 1;
        match letter {
            '\'' => {}
            ',' if within_number => {}
            ':' if within_number => word.push(':'),
            _ if letter.is_alphanumeric() => word.push(letter),
            '.' | '-' | '_' | '*' if within_letters => finish(&mut word, &mut clause),
            '.' | ',' | ';' | '!' | '?' | '\n' | '…' | ':' | '(' | ')' => {
                finish(&mut word, &mut clause);
                if letter == '?' {
                    clause.push(Word { text: "qmark".to_owned(), capital: false });
                }
                clauses.push(core::mem::take(&mut clause));
            }
            _ => {
                finish(&mut word, &mut clause);
                if let Some(sign) = sign(letter) {
                    clause.push(Word { text: sign.to_owned(), capital: false });
                }
                if letter == '-' && before == ' ' && after == ' ' {
                    clauses.push(core::mem::take(&mut clause));
                }
            }
        }
    }
    finish(&mut word, &mut clause);
    clauses.push(clause);
    let mut clauses: Vec<Vec<Word>> =
        clauses.into_iter().map(join_letters).filter(|clause| !clause.is_empty()).collect();
    // A lone question mark belongs to the clause before it.
    clauses.dedup_by(|mark, before| {
        let lone = mark.iter().all(|word| word.text == "qmark");
        if lone {
            before.append(mark);
        }
        lone
    });
    clauses
}

/// Signs and emoji that speak.
fn sign(letter: char) -> Option<&'static str> {
    Some(match letter {
        '$' => "usd",
        '#' => "#",
        '&' | '+' => "and",
        '🛑' | '⛔' | '🚫' => "stopsign",
        '👍' | '👌' | '🆗' => "thumbsup",
        '✅' | '✔' | '☑' => "check",
        '😡' | '🤬' | '😠' => "rage",
        _ => return None,
    })
}

fn finish(word: &mut String, clause: &mut Vec<Word>) {
    if word.is_empty() {
        return;
    }
    let original = core::mem::take(word);
    let mut letters = original.chars();
    let capital = letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase);
    let lower = unmask(&original.to_lowercase());
    for text in shorthand(&lower).split(' ') {
        clause.push(Word { text: text.to_owned(), capital });
    }
}

/// Letters hidden behind digits (`st0p`, `5top`), and letters held down (`stoppp`).
fn unmask(word: &str) -> String {
    let has_letters = word.chars().filter(char::is_ascii_alphabetic).count() >= 2;
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let number_first = word.chars().take(2).filter(char::is_ascii_digit).count() == 2;
    let plain: String = if has_letters
        && digits == 1
        && !number_first
        && word.len() >= 4
        && !word.ends_with("am")
        && !word.ends_with("pm")
    {
        word.chars()
            .map(|letter| match letter {
                '0' => 'o',
                '1' => 'i',
                '3' => 'e',
                '5' => 's',
                other => other,
            })
            .collect()
    } else {
        word.to_owned()
    };
    let mut out = String::new();
    let mut run = (' ', 0_usize);
    for letter in plain.chars() {
        run = if letter == run.0 { (letter, run.1 + 1) } else { (letter, 1) };
        if run.1 < 3 || letter.is_ascii_digit() {
            out.push(letter);
        } else if run.1 == 3 {
            // Three or more in a row: one was meant.
            out.pop();
        }
    }
    out
}

/// Shorthand written out.
fn shorthand(word: &str) -> &str {
    match word {
        "u" => "you",
        "ur" => "your",
        "pls" | "plz" | "plse" | "pleas" | "pleaze" | "plase" => "please",
        "txt" | "tex" | "tx" => "text",
        "txts" | "textes" => "texts",
        "txting" | "textin" | "texing" => "texting",
        "msg" | "mesage" | "messege" => "message",
        "msgs" | "mssgs" | "mesages" | "messeges" => "messages",
        "thx" | "tks" | "tnx" | "thanx" => "thanks",
        "appt" | "apt" | "appointmnt" | "apointment" => "appointment",
        "appts" => "appointments",
        "dnt" => "dont",
        "w" => "with",
        "tmrw" | "tmr" | "tomorow" => "tomorrow",
        "num" | "nbr" => "number",
        "goin" => "going",
        "wana" => "wanna",
        "lv" => "leave",
        "cuz" | "bc" => "because",
        "rly" => "really",
        "gtfo" => "fuck off",
        "stfu" => "shut up",
        "dnd" => "dont disturb",
        "donot" => "dont",
        "stp" | "sto" | "stap" => "stop",
        "plsstop" | "stopplease" | "stoptexting" => "stop",
        "optedout" => "opted out",
        "stopall" => "stopall",
        "im" | "iam" => "im",
        "veh" => "vehicle",
        other => other,
    }
}

/// Single letters in a row are a spelled word: s t o p.
fn join_letters(clause: Vec<Word>) -> Vec<Word> {
    let single = |word: &Word| word.text.chars().count() == 1 && word.text.chars().all(char::is_alphabetic);
    let mut out: Vec<Word> = vec![];
    let mut run: Vec<Word> = vec![];
    let flush = |run: &mut Vec<Word>, out: &mut Vec<Word>| {
        if run.len() >= 3 {
            let text = run.iter().map(|word| word.text.as_str()).collect();
            out.push(Word { text, capital: false });
            run.clear();
        } else {
            out.append(run);
        }
    };
    for word in clause {
        if single(&word) {
            run.push(word);
        } else {
            flush(&mut run, &mut out);
            out.push(word);
        }
    }
    flush(&mut run, &mut out);
    // "Thank you" is one word here: its "you" speaks of nobody.
    out.dedup_by(|you, thank| you.text == "you" && thank.text == "thank");
    out
}
