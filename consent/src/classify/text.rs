//! From what people type to words: quotes and reactions taken off, letters, shorthand and spelling put right.

use core::ops::Range;

use super::dress;
use super::grammar::{CLAUSE, Grammar};
use super::quoted;
use super::spelling;
use super::words::{Kinds, Word, WordId, kinds};

/// Longest text that is read whole, in bytes: a text message of ten parts and more. Of a longer one the middle is cut.
pub(super) const LONGEST: usize = 2_000;

/// Longest word that is looked at.
const LONGEST_WORD: usize = 40;

/// A text, ready to be read.
#[derive(Debug, Default)]
pub(super) struct Reduced {
    /// The letters of all words, in lower case.
    letters: String,
    words: Vec<Word>,
    /// Words between marks that end a thought.
    clauses: Vec<Range<usize>>,
    /// A telephone's reaction to one of our messages.
    pub(super) reaction: bool,
}

impl Reduced {
    pub(super) fn clauses(&self) -> impl Iterator<Item = &[Word]> {
        self.clauses.iter().filter_map(|range| self.words.get(range.clone()))
    }

    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The words of a clause as one text.
    pub(super) fn joined(&self, words: &[Word], grammar: &Grammar) -> String {
        let mut joined = String::new();
        for word in words {
            let text = if word.start == word.end { grammar.words.text(word.id) } else { self.text(word) };
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(text);
        }
        joined
    }

    pub(super) fn text(&self, word: &Word) -> &str {
        self.letters.get(word.start as usize..word.end as usize).unwrap_or("")
    }
}

/// The text, or of a long one the first and the last part: people put what they want at the end.
fn ends(text: &str) -> (&str, &str) {
    if text.len() <= LONGEST {
        return (text, "");
    }
    let head = text.floor_char_boundary(LONGEST / 2);
    let tail = text.ceil_char_boundary(text.len() - LONGEST / 2);
    (text.get(..head).unwrap_or(text), text.get(tail..).unwrap_or(""))
}

pub(super) fn reduce(text: &str, grammar: &Grammar) -> Reduced {
    let (head, tail) = ends(text);
    let mut folded = String::new();
    let simple = head.is_ascii() && tail.is_empty() && !head.contains('`');
    let text = if simple {
        head
    } else {
        for part in [head, tail] {
            if !part.is_empty() && !folded.is_empty() {
                folded.push('\n');
            }
            folded.extend(part.chars().filter(|letter| !dress::is_unseen(*letter)).map(dress::plain));
        }
        &folded
    };
    // Behind a reaction may stand the writer's own words.
    let text = quoted::behind_reaction(text).unwrap_or(text);
    let reaction = quoted::is_reaction(text);
    // A word in quotation marks and nothing else is the writer's word.
    let own = quoted::without_quotes(text)
        .filter(|(own, whole_lines)| *whole_lines || own.chars().any(char::is_alphanumeric))
        .map(|(own, _)| own);
    let mut reader = Reader {
        grammar,
        reduced: Reduced { reaction, ..Reduced::default() },
        clause: 0,
        word: Draft::default(),
    };
    if !reaction {
        reader.read(own.as_deref().unwrap_or(text));
    }
    reader.reduced
}

/// A word on its way.
#[derive(Default)]
struct Draft {
    start: usize,
    length: usize,
    first_upper: bool,
    rest_lower: bool,
    digits: usize,
    ascii_letters: usize,
    run: usize,
    longest_run: usize,
    last: Option<char>,
}

struct Reader<'g> {
    grammar: &'g Grammar,
    reduced: Reduced,
    /// Where the clause begins.
    clause: usize,
    word: Draft,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        self.reduced.letters.reserve(text.len() + 8);
        self.reduced.words.reserve(text.len() / 4 + 2);
        let mut before = ' ';
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let after = letters.peek().map_or(' ', |(_, after)| *after);
            self.letter(letter, before, after, text, at);
            before = letter;
        }
        self.finish();
        self.end_clause();
        self.join_single_words();
        // A lone question mark belongs to the clause before it.
        let qmark = self.grammar.marks.question;
        let words = &self.reduced.words;
        self.reduced.clauses.dedup_by(|mark, before| {
            let lone = before.len() + mark.len() <= CLAUSE
                && words.get(mark.clone()).is_some_and(|words| words.iter().all(|word| word.id == qmark));
            if lone {
                before.end = mark.end;
            }
            lone
        });
    }

    /// "Leave. Me. Alone.": three words and more with a stop after each are one thought.
    fn join_single_words(&mut self) {
        let clauses = &self.reduced.clauses;
        if clauses.iter().filter(|clause| clause.len() == 1).count() < 2 {
            return;
        }
        let opt = |clause: &Range<usize>| {
            self.reduced.words.get(clause.start).is_some_and(|word| word.id == self.grammar.marks.opt)
        };
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(clauses.len());
        let mut at = 0;
        while let Some(clause) = clauses.get(at) {
            let run = clauses.iter().skip(at).take_while(|clause| clause.len() == 1).take(CLAUSE).count();
            let whole = clauses.get(at + run.max(1) - 1).map_or(clause.end, |last| last.end);
            if run >= 3 || (run == 2 && opt(clause)) {
                joined.push(clause.start..whole);
                at += run;
            } else {
                joined.push(clause.clone());
                at += 1;
            }
        }
        self.reduced.clauses = joined;
    }

    fn letter(&mut self, letter: char, before: char, after: char, text: &str, at: usize) {
        if letter.is_alphanumeric() {
            self.push(letter);
            return;
        }
        let within_number = before.is_ascii_digit() && after.is_ascii_digit();
        // A dot between single letters: s.t.o.p
        let within_letters = before.is_alphabetic() && after.is_alphabetic() && self.word.length == 1;
        match letter {
            '\'' => {}
            ',' if within_number => {}
            ':' if within_number => self.push(':'),
            '.' | '-' | '_' | '*' | '\n' | '~' if within_letters => self.finish(),
            '?' if before.is_alphabetic() && is_contraction(text.get(at + 1..).unwrap_or("")) => {}
            '.' | ',' | ';' | '!' | '?' | '\n' | '…' | ':' | '(' | ')' => {
                self.finish();
                if letter == '?' {
                    self.mark(self.grammar.marks.question);
                }
                self.end_clause();
            }
            _ => {
                self.finish();
                if let Some(sign) = dress::sign(letter) {
                    self.mark(self.grammar.words.id(sign));
                }
                if letter == '-' && before == ' ' && after == ' ' {
                    self.end_clause();
                }
            }
        }
    }

    fn push(&mut self, letter: char) {
        let word = &mut self.word;
        if word.length == 0 {
            *word = Draft { start: self.reduced.letters.len(), rest_lower: true, ..Draft::default() };
            word.first_upper = letter.is_uppercase();
        } else if word.length >= LONGEST_WORD {
            return;
        } else {
            word.rest_lower &= letter.is_lowercase();
        }
        word.length += 1;
        word.digits += usize::from(letter.is_ascii_digit());
        word.ascii_letters += usize::from(letter.is_ascii_alphabetic());
        if letter.is_ascii() {
            let lower = letter.to_ascii_lowercase();
            word.run = if word.last == Some(lower) && !lower.is_ascii_digit() { word.run + 1 } else { 1 };
            word.longest_run = word.longest_run.max(word.run);
            word.last = Some(lower);
            self.reduced.letters.push(lower);
        } else {
            word.last = None;
            self.reduced.letters.extend(letter.to_lowercase());
        }
    }

    fn mark(&mut self, id: WordId) {
        let at = u32::try_from(self.reduced.letters.len()).unwrap_or(u32::MAX);
        self.reduced.words.push(Word { id, kinds: Kinds::default(), start: at, end: at });
    }

    /// Ends a word: unmasks it, writes shorthand out, looks it up.
    fn finish(&mut self) {
        let draft = core::mem::take(&mut self.word);
        if draft.length == 0 {
            return;
        }
        let start = draft.start;
        let known = self
            .reduced
            .letters
            .get(start..)
            .is_some_and(|word| self.grammar.words.id(word) != WordId::UNKNOWN);
        let masked =
            draft.longest_run >= 3 || (draft.digits == 1 && draft.ascii_letters >= 2 && draft.length >= 4);
        if masked && !known {
            let word = self.reduced.letters.split_off(start);
            self.reduced.letters.push_str(&unmask(&word, draft.digits));
        }
        let words = &self.grammar.words;
        let text = self.reduced.letters.get(start..).unwrap_or("");
        let capital = draft.first_upper && draft.rest_lower && draft.length >= 2;
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (place(start), place(self.reduced.letters.len()));
        if let Some(long) = words.written_out(text) {
            for &id in long {
                self.reduced.words.push(Word { id, kinds: kinds(words.text(id), false, true), start, end });
            }
            return;
        }
        let id = words.id(text);
        self.reduced.words.push(Word { id, kinds: kinds(text, capital, id != WordId::UNKNOWN), start, end });
    }

    fn end_clause(&mut self) {
        self.join_letters();
        self.join_contractions();
        self.correct();
        self.say_once();
        let end = self.reduced.words.len();
        while end > self.clause {
            let cut = end.min(self.clause + CLAUSE);
            self.reduced.clauses.push(self.clause..cut);
            self.clause = cut;
        }
    }

    /// What is said a third time in a row adds nothing: a word, two words, a clause ("stop stop stop stop stop stop").
    fn say_once(&mut self) {
        let mut said = self.reduced.words.split_off(self.clause);
        for length in [1, 2] {
            let mut kept: Vec<Word> = Vec::with_capacity(said.len());
            for word in said.drain(..) {
                kept.push(word);
                let repeats =
                    kept.len().checked_sub(3 * length).and_then(|from| kept.get(from..)).is_some_and(
                        |last| {
                            let ids: Vec<WordId> = last.iter().map(|word| word.id).collect();
                            !ids.contains(&WordId::UNKNOWN)
                                && ids.chunks(length).all(|part| ids.get(..length) == Some(part))
                        },
                    );
                if repeats {
                    kept.truncate(kept.len() - length);
                }
            }
            said = kept;
        }
        let again = self.reduced.clauses.iter().rev().take(2).all(|range| {
            let before = self.reduced.words.get(range.clone()).unwrap_or_default();
            before.len() == said.len()
                && before.iter().zip(&said).all(|(a, b)| a.id == b.id && a.id != WordId::UNKNOWN)
        });
        if !(again && self.reduced.clauses.len() >= 2) {
            self.reduced.words.append(&mut said);
        }
    }

    /// Single letters in a row are a spelled word: s t o p.
    fn join_letters(&mut self) {
        let single = |word: &Word| {
            word.end == word.start + 1
                && self
                    .reduced
                    .letters
                    .as_bytes()
                    .get(word.start as usize)
                    .is_some_and(u8::is_ascii_alphabetic)
        };
        let clause = self.reduced.words.get(self.clause..).unwrap_or(&[]);
        if clause.iter().filter(|word| single(word)).count() < 3 {
            return;
        }
        let singles: Vec<bool> = clause.iter().map(single).collect();
        let words = self.reduced.words.split_off(self.clause);
        let mut at = 0;
        while let Some(&word) = words.get(at) {
            let run = singles.iter().skip(at).take_while(|single| **single).count();
            if run >= 3 {
                let spelled: String = words
                    .iter()
                    .skip(at)
                    .take(run)
                    .filter_map(|word| self.reduced.letters.get(word.start as usize..word.end as usize))
                    .collect();
                let start = self.reduced.letters.len();
                self.reduced.letters.push_str(&spelled);
                self.word = Draft { start, length: run, ..Draft::default() };
                self.finish();
                at += run;
            } else {
                self.reduced.words.push(word);
                at += 1;
            }
        }
    }

    /// `don t`, `i m`: written with a space for the apostrophe. And "thank you" is one word here: its "you" speaks of
    /// nobody.
    fn join_contractions(&mut self) {
        let mut at = self.clause + 1;
        while let (Some(&first), Some(&second)) = (self.reduced.words.get(at - 1), self.reduced.words.get(at))
        {
            let thanked = first.id == self.grammar.marks.thank && second.id == self.grammar.marks.you;
            let tail = self.reduced.text(&second);
            let mut joined = None;
            if !thanked && matches!(tail, "t" | "m" | "s" | "ll" | "ve" | "re") {
                let whole = [self.reduced.text(&first), tail].concat();
                joined = Some(self.grammar.words.id(&whole)).filter(|id| *id != WordId::UNKNOWN);
            }
            if thanked || joined.is_some() {
                self.reduced.words.remove(at);
                if let (Some(word), Some(id)) = (self.reduced.words.get_mut(at - 1), joined) {
                    word.id = id;
                    word.kinds = Kinds::default();
                }
            } else {
                at += 1;
            }
        }
    }

    /// Puts misspelled and run-together key words right.
    fn correct(&mut self) {
        let clause = self.reduced.words.get(self.clause..).unwrap_or(&[]);
        if clause.iter().all(|word| word.id != WordId::UNKNOWN) {
            return;
        }
        let few = clause.iter().filter(|word| !self.grammar.is_fill(word.id)).count() <= 3;
        let mut at = self.clause;
        while let Some(&word) = self.reduced.words.get(at) {
            at += 1;
            if word.id != WordId::UNKNOWN {
                continue;
            }
            let text = self.reduced.text(&word);
            if let Some(id) = spelling::behind(text, few, self.grammar) {
                if let Some(word) = self.reduced.words.get_mut(at - 1) {
                    word.id = id;
                    word.kinds = Kinds(word.kinds.0 & !Kinds::NAME.0);
                }
            } else if let Some(parts) = spelling::parts(text, self.grammar) {
                let more = parts.len();
                let apart = parts.into_iter().map(|id| Word { id, kinds: Kinds::default(), ..word });
                self.reduced.words.splice(at - 1..at, apart);
                at += more - 1;
            }
        }
    }
}

/// What stands after the apostrophe of a contraction, where the apostrophe was lost on the way: `don?t`.
fn is_contraction(after: &str) -> bool {
    let tail: &str = after.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    matches!(tail, "t" | "s" | "m" | "d" | "ll" | "ve" | "re")
}

/// Letters hidden behind digits (`st0p`, `5top`), and letters held down (`stoppp`).
fn unmask(word: &str, digits: usize) -> String {
    let number_first = word.chars().take(2).filter(char::is_ascii_digit).count() == 2;
    let masked = digits == 1
        && !number_first
        && word.len() >= 4
        && !word.ends_with("am")
        && !word.ends_with("pm")
        && !word.ends_with("th");
    let mut out = String::with_capacity(word.len());
    let mut run = (' ', 0_usize);
    for letter in word.chars() {
        let letter = match letter {
            '0' if masked => 'o',
            '1' if masked => 'i',
            '3' if masked => 'e',
            '5' if masked => 's',
            '4' if masked => 'a',
            '7' if masked => 't',
            other => other,
        };
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
