//! Items of work named in a reply, and what is wanted done with them.

use super::grammar::{Concept, Grammar};
use super::text::Reduced;
use super::words::{Kinds, Word, WordId};
use super::{Item, Mention};

/// What a word does to the items beside it, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Role(u32);

impl Role {
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

macro_rules! roles {
    ($($name:ident = $word:literal @ $bit:literal,)+) => {
        $(const $name: Role = Role(1 << $bit);)+
        /// Every role by the class of words that has it.
        pub(super) const ROLES: &[(&str, Role)] = &[$(($word, $name),)+];
    };
}
roles! {
    YES = "l_yes" @ 0,
    DO = "l_do" @ 1,
    NO = "l_no" @ 2,
    ONLY = "l_only" @ 3,
    ALL = "l_all" @ 4,
    NONE = "l_none" @ 5,
    REST = "l_rest" @ 6,
    EXCEPT = "l_except" @ 7,
    BUT = "l_but" @ 8,
    AND = "l_and" @ 9,
    NEXT = "l_next" @ 10,
    IN = "l_in" @ 11,
    UNIT = "l_unit" @ 12,
    LATER = "l_later" @ 13,
    WHEN = "l_when" @ 14,
    HOLD = "l_hold" @ 15,
    NOW = "l_now" @ 16,
    FIRST = "l_first" @ 17,
    SECOND = "l_second" @ 18,
    THIRD = "l_third" @ 19,
    FOURTH = "l_fourth" @ 20,
    LAST = "l_last" @ 21,
    NUMBERS = "l_numbers" @ 22,
    PRE = "l_pre" @ 23,
    MEASURE = "l_measure" @ 24,
    OWN = "l_own" @ 25,
}

/// What a reply speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A kind of work in so many words, and the words.
    Things {
        concepts: Vec<Concept>,
        every: bool,
        words: String,
    },
    /// A line by its number, from one.
    Number(usize),
    /// The last line.
    Last,
    All,
    Rest,
}

/// One mention of work.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    pub(super) what: What,
    pub(super) mention: Mention,
    /// "just the brakes": nothing else.
    pub(super) only: bool,
    /// The words that put it off.
    pub(super) later: Option<String>,
}

/// Every mention in the order of the text.
pub(super) fn spoken(reduced: &Reduced, grammar: &Grammar) -> Vec<Spoken> {
    let speaks = |word: &Word| {
        grammar.concept(word.id).is_some()
            || grammar.role(word.id).is(ALL | NONE | REST | PRE | FIRST | SECOND | THIRD | FOURTH | LAST)
            || word.kinds.has(Kinds::NUMBER)
    };
    if !reduced.words().iter().any(speaks) {
        return vec![];
    }
    let mut all = vec![];
    let mut carried = None;
    for clause in reduced.clauses() {
        let mut reader = Reader {
            reduced,
            grammar,
            clause,
            spoken: vec![],
            mode: None,
            mode_at: 0,
            only: false,
            later: None,
            held: false,
        };
        reader.read();
        let asks = reader.asks();
        for spoken in &mut reader.spoken {
            if spoken.mention == Mention::Named {
                spoken.mention = if asks { Mention::Asked } else { carried.unwrap_or(Mention::Named) };
            }
        }
        if let Some(mode) = reader.mode {
            carried = Some(mode);
        }
        all.append(&mut reader.spoken);
    }
    all
}

impl core::ops::BitOr for Role {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

struct Reader<'a> {
    reduced: &'a Reduced,
    grammar: &'a Grammar,
    clause: &'a [Word],
    spoken: Vec<Spoken>,
    /// What the words so far want done with what follows.
    mode: Option<Mention>,
    mode_at: usize,
    only: bool,
    later: Option<String>,
    /// Put off by a verb ("hold off on") that the next verb ends.
    held: bool,
}

impl Reader<'_> {
    fn role(&self, at: usize) -> Role {
        self.clause.get(at).map_or(Role::default(), |word| self.grammar.role(word.id))
    }

    fn text(&self, at: usize) -> &str {
        self.clause.get(at).map_or("", |word| {
            if word.id == WordId::UNKNOWN {
                self.reduced.text(word)
            } else {
                self.grammar.words.text(word.id)
            }
        })
    }

    fn concept(&self, at: usize) -> Option<Concept> {
        self.clause.get(at).and_then(|word| self.grammar.concept(word.id))
    }

    /// A question about work rather than an order.
    fn asks(&self) -> bool {
        let mark = self.clause.iter().any(|word| word.id == self.grammar.marks.question);
        let opens = matches!(
            self.text(0),
            "what"
                | "how"
                | "why"
                | "is"
                | "are"
                | "does"
                | "whats"
                | "hows"
                | "can"
                | "could"
                | "which"
                | "did"
                | "was"
                | "will"
                | "would"
                | "should"
                | "cuanto"
                | "cual"
                | "que"
                | "when"
                | "where"
                | "who"
                | "any"
        ) || (self.text(0) == "do" && matches!(self.text(1), "i" | "you" | "we" | "they"));
        mark || opens
    }

    fn set(&mut self, mode: Mention, at: usize) {
        self.mode = Some(mode);
        self.mode_at = at;
    }

    fn say(&mut self, what: What) {
        let mention = match (self.mode, &self.later) {
            (Some(Mention::Asked), _) => Mention::Asked,
            (_, Some(_)) => Mention::Deferred,
            (mode, None) => mode.unwrap_or(Mention::Named),
        };
        self.spoken.push(Spoken { what, mention, only: self.only, later: self.later.clone() });
    }

    /// Gives those that nothing was said about what was said after them.
    fn settle(&mut self, mention: Mention) -> bool {
        let mut settled = false;
        for spoken in self.spoken.iter_mut().filter(|spoken| spoken.mention == Mention::Named) {
            spoken.mention = mention;
            settled = true;
        }
        settled
    }

    /// How many words from `at` on put something off.
    fn puts_off(&self, at: usize) -> Option<usize> {
        let role = self.role(at);
        let rest = self.clause.len() - at;
        if role.is(NEXT) {
            // "next oil change": the item is not spoken of.
            let more = (at + 1..at + 4)
                .take_while(|at| {
                    self.concept(*at).is_some()
                        || self.role(*at).is(UNIT | LATER)
                        || matches!(
                            self.text(*at),
                            "time"
                                | "visit"
                                | "vez"
                                | "appointment"
                                | "trip"
                                | "change"
                                | "cambio"
                                | "de"
                                | "spring"
                                | "summer"
                                | "fall"
                                | "winter"
                        )
                })
                .count();
            let last = self.text(at + more);
            return (more > 0 || self.text(at) != "next")
                .then(|| (1 + more - usize::from(last == "de")).min(rest));
        }
        if role.is(IN) {
            let unit = (at + 1..at + 5).find(|at| self.role(*at).is(UNIT))?;
            let plain = (at + 1..unit).all(|at| self.concept(at).is_none());
            let last =
                (unit..unit + 4).take_while(|at| self.role(*at).is(UNIT) || self.text(*at) == "of").count();
            return plain.then_some((unit + last.max(1) - at).min(rest));
        }
        if role.is(WHEN) && at > 0 && !self.asks() {
            return Some(rest);
        }
        if role.is(HOLD) {
            let tail = (at + 1..at + 3)
                .take_while(|at| matches!(self.text(*at), "off" | "on" | "to" | "for"))
                .count();
            return Some(1 + tail);
        }
        if self.text(at) == "for" && self.role(at + 1).is(NOW) {
            return Some(2);
        }
        if matches!(self.text(at), "another" | "other" | "otro" | "otra")
            && matches!(self.text(at + 1), "time" | "day" | "dia" | "vez")
        {
            return Some(2);
        }
        if matches!(self.text(at), "mas") && matches!(self.text(at + 1), "adelante" | "tarde") {
            return Some(2);
        }
        role.is(LATER).then_some(1)
    }

    fn read(&mut self) {
        let asks = self.asks();
        let mut at = 0;
        // Where the part between two ands began.
        let mut part = 0;
        while at < self.clause.len() {
            let role = self.role(at);
            if let Some(taken) = self.puts_off(at) {
                let words = self.clause.get(at..at + taken).unwrap_or(&[]);
                let words = self.reduced.joined(words, self.grammar);
                let held = role.is(HOLD);
                let words = if held {
                    words.trim_end_matches(" on").trim_end_matches(" to").trim_end_matches(" for").to_owned()
                } else {
                    words
                };
                self.put_off(&words, part, asks, held);
                at += taken;
                continue;
            }
            if role.is(EXCEPT) || (role.is(BUT) && at > 0 && self.role(at - 1).is(ALL | NONE)) {
                self.except(at);
            } else if role.is(BUT) {
                self.later = None;
                part = self.spoken.len();
            } else if role.is(AND) {
                part = self.spoken.len();
            } else if role.is(NO) {
                self.refuse(at);
            } else if role.is(ONLY) {
                self.only(at);
            } else if role.is(NONE) {
                let mode = self.mode;
                self.set(Mention::Declined, at);
                self.say(What::All);
                if mode.is_some() && !self.role(at + 1).is(BUT | EXCEPT) {
                    self.mode = mode;
                }
            } else if let Some(taken) = self.named(at) {
                at += taken;
                continue;
            } else if role.is(YES) {
                let last = at + 1 >= self.clause.len();
                if self.direct(at, 0) {
                    self.set(Mention::Approved, at);
                    self.later = None;
                } else if !self.settle(Mention::Approved) && last {
                    self.set(Mention::Approved, at);
                }
            } else if role.is(DO) && !asks && self.direct(at, 2) {
                let refused =
                    self.mode == Some(Mention::Declined) && at <= self.mode_at + 2 && self.mode_at < at;
                if !refused {
                    self.set(Mention::Approved, at);
                    if self.held {
                        self.later = None;
                    }
                }
            } else if role.is(DO) && !asks && at + 1 >= self.clause.len() && self.mode.is_none() {
                // "both brakes please do"
                self.settle(Mention::Approved);
            } else if role.is(OWN) {
                // "I'll do the filter myself"
                for spoken in self.spoken.iter_mut().skip(part) {
                    spoken.mention = Mention::Declined;
                }
            }
            at += 1;
        }
    }

    fn put_off(&mut self, words: &str, part: usize, asks: bool, held: bool) {
        let said = self.spoken.len();
        // "brakes and tires next time": both, unless the first were settled apart.
        let from = if self
            .spoken
            .iter()
            .take(part)
            .all(|spoken| spoken.mention == Mention::Named || spoken.mention == Mention::Declined)
        {
            0
        } else {
            part
        };
        let mut any = false;
        for spoken in self.spoken.iter_mut().take(said).skip(from) {
            if !asks && (spoken.later.is_none() || self.held) {
                spoken.mention = Mention::Deferred;
                spoken.later = Some(words.to_owned());
                any = true;
            }
        }
        if !any && !asks {
            self.later = Some(words.to_owned());
        }
        self.held = held && !any;
    }

    /// "all but", "everything except": the opposite of what was said of all.
    fn except(&mut self, at: usize) {
        let all =
            self.spoken.iter().rev().find(|spoken| spoken.what == What::All).map(|spoken| spoken.mention);
        self.later = None;
        self.only = false;
        let opposite = match all {
            Some(Mention::Declined) => Mention::Approved,
            Some(Mention::Deferred) => Mention::Approved,
            _ => Mention::Declined,
        };
        if all == Some(Mention::Named) {
            self.settle(Mention::Approved);
        }
        self.set(opposite, at);
    }

    fn refuse(&mut self, at: usize) {
        // "the pads but not the rotors"
        if at > 0 && self.role(at - 1).is(BUT) {
            self.settle(Mention::Approved);
        }
        if self.direct(at, 2) {
            self.only = false;
            self.set(Mention::Declined, at);
            return;
        }
        let last = self.clause.iter().skip(at + 1).all(|word| self.grammar.is_fill(word.id));
        if last && !self.settle(Mention::Declined) {
            self.set(Mention::Declined, at);
        }
    }

    fn only(&mut self, at: usize) {
        if self.direct(at, 0) {
            self.only = true;
            if self.mode != Some(Mention::Declined) {
                self.set(Mention::Approved, at);
            }
            return;
        }
        // "brakes only"
        if at > 0 && !self.role(at + 1).is(NO) {
            self.settle(Mention::Approved);
            for spoken in self.spoken.iter_mut().filter(|spoken| spoken.mention == Mention::Approved) {
                spoken.only = true;
            }
        }
    }

    /// Whether an item comes next, behind articles and at most `slack` words that are none.
    fn direct(&self, at: usize, slack: usize) -> bool {
        let mut other = 0;
        for next in at + 1..(at + 8).min(self.clause.len()) {
            let role = self.role(next);
            if self.concept(next).is_some() || self.number(next).is_some() || role.is(ALL | REST | PRE) {
                return true;
            }
            let article = self.clause.get(next).is_some_and(|word| self.grammar.is_fill(word.id))
                || role.is(ONLY | DO | YES)
                || matches!(
                    self.text(next),
                    "the"
                        | "my"
                        | "a"
                        | "an"
                        | "those"
                        | "these"
                        | "that"
                        | "los"
                        | "las"
                        | "el"
                        | "la"
                        | "mis"
                        | "on"
                        | "to"
                        | "with"
                        | "for"
                        | "and"
                        | "new"
                        | "al"
                        | "de"
                        | "of"
                        | "en"
                        | "any"
                        | "cambio"
                        | "no"
                );
            if !article {
                other += 1;
                if other > slack {
                    return false;
                }
            }
        }
        false
    }

    /// A line's number: not a quantity, a time or a price.
    fn number(&self, at: usize) -> Option<What> {
        let role = self.role(at);
        for (place, of) in [(1, FIRST), (2, SECOND), (3, THIRD), (4, FOURTH)] {
            if role.is(of) && self.concept(at + 1).is_none() && !self.role(at + 1).is(UNIT) {
                return Some(What::Number(place));
            }
        }
        if role.is(LAST)
            && self.concept(at + 1).is_none()
            && !self.role(at + 1).is(UNIT)
            && self.text(at + 1) != "time"
        {
            return Some(What::Last);
        }
        let word = self.clause.get(at)?;
        let pre = at > 0 && self.role(at - 1).is(PRE);
        let number = if role.is(NUMBERS) && pre {
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
                .iter()
                .zip(["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"])
                .position(|(english, spanish)| [*english, spanish].contains(&self.text(at)))
                .map(|place| place + 1)
        } else if word.kinds.has(Kinds::NUMBER) {
            self.text(at).parse().ok().filter(|number| *number <= 99)
        } else {
            None
        }?;
        let before = at.checked_sub(1).map(|at| self.text(at)).unwrap_or("");
        let quantity = !pre
            && (self.concept(at + 1).is_some()
                || self.role(at + 1).is(MEASURE | UNIT)
                || matches!(
                    before,
                    "usd"
                        | "at"
                        | "in"
                        | "around"
                        | "by"
                        | "all"
                        | "about"
                        | "before"
                        | "after"
                        | "than"
                        | "las"
                        | "under"
                ));
        (!quantity).then_some(What::Number(number))
    }

    /// An item, a number, all, the rest: how many words it takes.
    fn named(&mut self, at: usize) -> Option<usize> {
        let role = self.role(at);
        if role.is(PRE) && self.number(at + 1).is_some() {
            return Some(1);
        }
        if let Some(what) = self.number(at) {
            self.say(what);
            let one = matches!(self.text(at + 1), "one");
            return Some(1 + usize::from(one));
        }
        let every = role.is(ALL);
        let mut from = at;
        if every || role.is(REST) {
            // "all the filters", "both brakes", "all 4", "the rest of it"
            from = (at + 1..at + 4)
                .find(|at| !matches!(self.text(*at), "the" | "of" | "los" | "las" | "other"))?;
            if !(every && self.concept(from).is_some()) {
                self.say(if every && !self.role(from).is(REST) { What::All } else { What::Rest });
                let count = self.clause.get(from).is_some_and(|word| word.kinds.has(Kinds::NUMBER));
                let own = count || matches!(self.text(from), "it" | "them" | "that" | "else");
                return Some(if own || self.role(from).is(REST) { from + 1 - at } else { 1 });
            }
        }
        let mut concepts = vec![];
        let mut end = from;
        while end < self.clause.len() {
            if let Some(concept) = self.concept(end) {
                concepts.push(concept);
            } else if !self
                .clause
                .get(end)
                .is_some_and(|word| word.kinds.has(Kinds::MILES) && self.concept(end + 1).is_some())
            {
                break;
            }
            end += 1;
        }
        // "back" and "left" alone, "air" and "drive": no item.
        if concepts.iter().all(|concept| self.grammar.is_place(*concept)) {
            // "front and rear brakes": the first waits for the second.
            let joined = self.role(end).is(AND)
                && self.concept(end + 1).is_some_and(|next| self.grammar.is_place(next));
            if concepts.is_empty() || !joined {
                let position = concepts.len() == 1
                    && end == from + 1
                    && matches!(
                        self.text(from),
                        "front" | "rear" | "fronts" | "rears" | "delanteros" | "traseros"
                    )
                    && self.mode.is_some();
                if !position {
                    return None;
                }
            } else if let Some(head) = (end + 1..end + 5)
                .filter_map(|at| self.concept(at))
                .find(|next| !self.grammar.is_place(*next))
            {
                concepts.push(head);
            }
        }
        let words = self.clause.get(from..end).unwrap_or(&[]);
        let words = self.reduced.joined(words, self.grammar);
        let plural = ["filters", "flushes", "belts", "hoses", "bulbs", "services", "filtros", "fluids"]
            .iter()
            .any(|word| words.ends_with(word));
        self.say(What::Things { concepts, every: every || plural, words });
        Some(end - at)
    }
}

/// The words that put off everything: "maybe next month".
pub(super) fn put_off_all(reduced: &Reduced, grammar: &Grammar) -> Option<String> {
    reduced.clauses().find_map(|clause| {
        let reader = Reader {
            reduced,
            grammar,
            clause,
            spoken: vec![],
            mode: None,
            mode_at: 0,
            only: false,
            later: None,
            held: false,
        };
        (0..clause.len()).find_map(|at| {
            let taken = reader.puts_off(at)?;
            clause.get(at..at + taken).map(|words| reduced.joined(words, grammar))
        })
    })
}

/// Every item in the order of the text.
pub(super) fn named(spoken: &[Spoken], grammar: &Grammar) -> Vec<Item> {
    let mut items: Vec<Item> = vec![];
    let mut add = |name: String, spoken: &Spoken| {
        if !name.is_empty() && !items.iter().any(|item: &Item| item.name == name) {
            items.push(Item { name, mention: spoken.mention, later: spoken.later.clone() });
        }
    };
    for spoken in spoken {
        match &spoken.what {
            What::Things { concepts, .. } => {
                let names: Vec<&str> = concepts.iter().map(|concept| grammar.name(*concept)).collect();
                add(names.join(" "), spoken);
            }
            What::Number(number) => add(number.to_string(), spoken),
            What::Last => add("last".to_owned(), spoken),
            What::All => add("all".to_owned(), spoken),
            What::Rest => add("rest".to_owned(), spoken),
        }
    }
    items
}
