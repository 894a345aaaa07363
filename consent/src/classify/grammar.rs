//! The grammar as data: patterns over words, each with what it says and what it revokes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fixedops_vocab::Scope;

use super::frames::{self, Tags};
use super::index::Index;
use super::items::{self, Role};
use super::spelling::Target;
use super::words::{Kinds, Word, WordId, Words};
use super::{ReplyLabel, ReplyScope};

/// Most words that `*` stands for.
const GAP: usize = 3;

/// Most elements of a pattern.
const ELEMENTS: usize = 40;

/// Most words of a clause: what is longer is cut.
pub(super) const CLAUSE: usize = 120;

/// The grammar that ships with this crate.
pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    Grammar::read(&[include_str!("../../rules/reply_words.txt"), include_str!("../../rules/replies.txt")])
        .expect("a test reads the shipped grammar")
});

#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) words: Words,
    /// In the order in which they are tried: of the whole text, guards, all others.
    pub(super) patterns: Vec<Pattern>,
    /// Patterns that could hold in a clause, by its words.
    index: Index,
    /// What each word is, by number.
    traits: Vec<Trait>,
    tags: Vec<Tags>,
    pub(super) targets: Vec<Target>,
    phrases: Phrases,
    pub(super) marks: Marks,
    /// Kinds of work: the name, and whether it only tells two of a kind apart.
    concepts: Vec<(Box<str>, bool)>,
    concept_of: Vec<Concept>,
    roles: Vec<Role>,
}

/// Phrases by their first word: the other words, and what the phrase is.
type Phrases = BTreeMap<WordId, Vec<(Box<[WordId]>, Tags)>>;

/// A kind of work, or what tells two of a kind apart; zero is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Concept(pub(super) u8);

/// Words the program itself speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) question: WordId,
    pub(super) thank: WordId,
    pub(super) you: WordId,
    pub(super) opt: WordId,
}

/// What a word is, as bits.
#[derive(Clone, Copy, Debug, Default)]
struct Trait(u8);

impl Trait {
    /// Says nothing of its own.
    const FILL: u8 = 1;
    /// May stand between any two words of a pattern.
    const SKIP: u8 = 2;
    /// May be part of words run together.
    const RUN: u8 = 4;
    /// May begin words run together.
    const RUN_START: u8 = 8;
    /// Part of a greeting.
    const GREET: u8 = 16;
}

/// One line of the grammar.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What a text that holds it says; `None` guards words against being read otherwise.
    pub(super) label: Option<ReplyLabel>,
    pub(super) scope: ReplyScope,
    /// Holds for the whole text only.
    whole: bool,
    pub(super) elements: Vec<Element>,
}

/// When a pattern has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// It reads the whole text, and revokes or holds something.
    Whole,
    /// A guard.
    Guard,
    /// Everything else.
    Other,
}

impl Pattern {
    pub(super) fn turn(&self) -> Turn {
        match self.label {
            Some(_) if self.whole && self.scope != ReplyScope::None => Turn::Whole,
            None => Turn::Guard,
            Some(_) => Turn::Other,
        }
    }
}

#[derive(Debug)]
pub(super) enum Element {
    One(One),
    Gap,
    Start,
    End,
}

/// One of several words or kinds, or an end of the clause.
#[derive(Debug, Default)]
pub(super) struct One {
    /// In order.
    pub(super) words: Box<[WordId]>,
    pub(super) kinds: Kinds,
    start: bool,
    end: bool,
    optional: bool,
}

impl One {
    fn is(&self, word: &Word) -> bool {
        self.kinds.has(word.kinds) || self.words.binary_search(&word.id).is_ok()
    }

    pub(super) fn is_required(&self) -> bool {
        !(self.optional || self.start || self.end)
    }
}

impl Element {
    pub(super) const fn one(&self) -> Option<&One> {
        if let Self::One(one) = self { Some(one) } else { None }
    }
}

/// What has been read of the grammar's text.
#[derive(Default)]
struct Draft {
    words: Words,
    classes: BTreeMap<String, Vec<WordId>>,
    patterns: Vec<Pattern>,
    targets: Vec<Target>,
    phrases: Vec<(Box<[WordId]>, String)>,
    concepts: Vec<(Box<str>, bool)>,
    concept_of: Vec<(WordId, Concept)>,
}

impl Draft {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some((name, words)) = line.strip_prefix('@').and_then(|line| line.split_once(" = ")) {
            let mut ids = vec![];
            for word in words.split_whitespace() {
                match word.strip_prefix('@') {
                    Some(class) => ids.extend(
                        self.classes
                            .get(class)
                            .ok_or_else(|| format!("no such class @{class}"))?
                            .iter()
                            .copied(),
                    ),
                    None => ids.push(self.words.learn(word)),
                }
            }
            if self.classes.insert(name.to_owned(), ids).is_some() {
                return Err("a class given twice".to_owned());
            }
            return Ok(());
        }
        if let Some((short, long)) = line.split_once(" -> ") {
            for short in short.split_whitespace() {
                self.words.abbreviate(short, long);
            }
            return Ok(());
        }
        if let Some((phrase, tag)) = line.split_once(" => ") {
            let ids = phrase.split_whitespace().map(|word| self.words.learn(word)).collect();
            self.phrases.push((ids, tag.trim().to_owned()));
            return Ok(());
        }
        if let Some((tolerance, words)) = line.strip_prefix('~').and_then(|line| line.split_once(' ')) {
            let tolerance = tolerance.parse().map_err(|_| "no tolerance".to_owned())?;
            for word in words.split_whitespace() {
                let id = self.words.learn(word);
                self.targets.push(Target::new(word, id, tolerance));
            }
            return Ok(());
        }
        for (prefix, place) in [("item ", false), ("place ", true)] {
            let Some((name, words)) = line.strip_prefix(prefix).and_then(|line| line.split_once(" = "))
            else {
                continue;
            };
            let concept =
                Concept(u8::try_from(self.concepts.len() + 1).map_err(|_| "too many items".to_owned())?);
            for word in words.split_whitespace() {
                let id = self.words.learn(word);
                self.concept_of.push((id, concept));
            }
            self.concepts.push((name.into(), place));
            return Ok(());
        }
        let (head, body) = line.split_once(": ").ok_or("neither class nor pattern")?;
        let (label, scope) = head.split_once(' ').ok_or("no scope")?;
        let label = match label {
            "none" => None,
            word => Some(*ReplyLabel::ALL.iter().find(|l| l.as_str() == word).ok_or("no such label")?),
        };
        let scope = match scope {
            "none" => ReplyScope::None,
            "clarify" => ReplyScope::Clarify,
            word => ReplyScope::Suppress(word.parse::<Scope>().map_err(|_| "no such scope")?),
        };
        let elements: Result<Vec<Element>, String> =
            body.split_whitespace().map(|word| self.element(word)).collect();
        let whole = body.starts_with("^^") && body.ends_with("$$");
        let elements = elements?;
        if elements.len() > ELEMENTS {
            return Err("too long".to_owned());
        }
        self.patterns.push(Pattern { label, scope, whole, elements });
        Ok(())
    }

    fn element(&mut self, word: &str) -> Result<Element, String> {
        match word {
            "*" => return Ok(Element::Gap),
            "^" | "^^" => return Ok(Element::Start),
            "$" | "$$" => return Ok(Element::End),
            _ => {}
        }
        let (body, optional) = word.strip_suffix('?').map_or((word, false), |body| (body, true));
        let mut words = BTreeSet::new();
        let mut one = One { optional, ..One::default() };
        for part in body.split('|') {
            match part {
                "" => return Err("an empty alternative".to_owned()),
                "$" => one.end = true,
                "^" => one.start = true,
                "%number" => one.kinds = one.kinds.and(Kinds::NUMBER),
                "%item" => {
                    one.kinds = one.kinds.and(Kinds::NUMBER);
                    words.insert(self.words.learn("#"));
                }
                "%time" => one.kinds = one.kinds.and(Kinds::TIME),
                "%miles" => one.kinds = one.kinds.and(Kinds::MILES),
                "%year" => one.kinds = one.kinds.and(Kinds::YEAR),
                "%name" => one.kinds = one.kinds.and(Kinds::NAME),
                "%ing" => one.kinds = one.kinds.and(Kinds::ING),
                kind if kind.starts_with('%') => return Err(format!("no such kind {kind}")),
                part => match part.strip_prefix('@') {
                    Some(class) => {
                        let class =
                            self.classes.get(class).ok_or_else(|| format!("no such class @{class}"))?;
                        words.extend(class.iter().copied());
                    }
                    None => {
                        words.insert(self.words.learn(part));
                    }
                },
            }
        }
        one.words = words.into_iter().collect();
        Ok(Element::One(one))
    }
}

impl Grammar {
    /// Reads the text form, in several parts.
    ///
    /// # Errors
    /// A sentence that names part, line and reason.
    pub(super) fn read(texts: &[&str]) -> Result<Self, String> {
        let mut draft = Draft::default();
        for (part, text) in (1..).zip(texts) {
            for (number, line) in (1..).zip(text.lines()) {
                let line = line.trim();
                if line.is_empty() || line.starts_with("# ") || line == "#" {
                    continue;
                }
                draft.line(line).map_err(|reason| format!("part {part}, line {number}: {reason}: {line}"))?;
            }
        }
        let marks = Marks {
            question: draft.words.learn("qmark"),
            thank: draft.words.learn("thank"),
            you: draft.words.learn("you"),
            opt: draft.words.learn("opt"),
        };
        draft.patterns.sort_by_key(Pattern::turn);
        let count = draft.words.count();
        let mut traits = vec![Trait::default(); count];
        let classes = [
            ("fill", Trait::FILL),
            ("skip", Trait::SKIP),
            ("run", Trait::RUN),
            ("runstart", Trait::RUN_START),
            ("greet", Trait::GREET),
        ];
        for (class, bit) in classes {
            let class = draft.classes.get(class).ok_or_else(|| format!("no class @{class}"))?;
            for word in class {
                if let Some(word) = traits.get_mut(word.place()) {
                    word.0 |= bit;
                }
            }
        }
        let mut tags = vec![Tags::default(); count];
        for (name, tag) in frames::NAMED {
            let class = draft.classes.get(*name).ok_or_else(|| format!("no class @{name}"))?;
            for word in class {
                if let Some(word) = tags.get_mut(word.place()) {
                    *word = word.and(*tag);
                }
            }
        }
        let mut concept_of = vec![Concept::default(); count];
        for (word, concept) in &draft.concept_of {
            if let Some(place) = concept_of.get_mut(word.place()) {
                *place = *concept;
            }
        }
        let mut roles = vec![Role::default(); count];
        for (name, role) in items::ROLES {
            let class = draft.classes.get(*name).ok_or_else(|| format!("no class @{name}"))?;
            for word in class {
                if let Some(word) = roles.get_mut(word.place()) {
                    *word = word.and(*role);
                }
            }
        }
        let mut phrases = Phrases::new();
        for (words, tag) in draft.phrases {
            let named =
                |name: &str| frames::NAMED.iter().find(|(known, _)| *known == name).map(|(_, tag)| *tag);
            let tag = named(&tag).ok_or_else(|| format!("a phrase is tagged {tag}: no such tag"))?;
            let (first, rest) = words.split_first().ok_or("an empty phrase")?;
            phrases.entry(*first).or_default().push((rest.into(), tag));
        }
        for of_word in phrases.values_mut() {
            of_word.sort_by_key(|(rest, _)| core::cmp::Reverse(rest.len()));
        }
        Ok(Self {
            index: Index::new(&draft.patterns, count),
            patterns: draft.patterns,
            words: draft.words,
            traits,
            tags,
            targets: draft.targets,
            phrases,
            marks,
            concepts: draft.concepts,
            concept_of,
            roles,
        })
    }

    fn has(&self, id: WordId, bit: u8) -> bool {
        self.traits.get(id.place()).is_some_and(|word| word.0 & bit != 0)
    }

    /// Whether a word says nothing of its own.
    pub(super) fn is_fill(&self, id: WordId) -> bool {
        self.has(id, Trait::FILL)
    }

    /// Whether a clause says more than a greeting and words that say nothing of their own.
    pub(super) fn speaks(&self, clause: &[Word]) -> bool {
        let greets =
            clause.len() > 1 && clause.iter().all(|word| self.has(word.id, Trait::GREET | Trait::FILL));
        !greets && clause.iter().any(|word| !self.is_fill(word.id))
    }

    pub(super) fn may_begin_run(&self, id: WordId) -> bool {
        self.has(id, Trait::RUN_START)
    }

    pub(super) fn may_run_together(&self, id: WordId) -> bool {
        self.has(id, Trait::RUN)
    }

    pub(super) fn tags(&self, id: WordId) -> Tags {
        self.tags.get(id.place()).copied().unwrap_or_default()
    }

    pub(super) fn concept(&self, id: WordId) -> Option<Concept> {
        self.concept_of.get(id.place()).copied().filter(|concept| concept.0 != 0)
    }

    fn described(&self, concept: Concept) -> Option<&(Box<str>, bool)> {
        usize::from(concept.0).checked_sub(1).and_then(|place| self.concepts.get(place))
    }

    pub(super) fn name(&self, concept: Concept) -> &str {
        self.described(concept).map_or("", |(name, _)| name)
    }

    /// Whether it only tells two of a kind apart.
    pub(super) fn is_place(&self, concept: Concept) -> bool {
        self.described(concept).is_some_and(|(_, place)| *place)
    }

    pub(super) fn role(&self, id: WordId) -> Role {
        self.roles.get(id.place()).copied().unwrap_or_default()
    }

    /// The longest phrase that begins here: its length in words, and what it is.
    pub(super) fn phrase(&self, words: &[Word]) -> Option<(usize, Tags)> {
        let (first, rest) = words.split_first()?;
        self.phrases.get(&first.id)?.iter().find_map(|(phrase, tags)| {
            let here = rest.get(..phrase.len())?;
            here.iter().zip(phrase).all(|(word, id)| word.id == *id).then_some((phrase.len() + 1, *tags))
        })
    }

    /// Sets in `found` the bit of every pattern that could hold in the clause.
    pub(super) fn candidates(&self, clause: &[Word], found: &mut Vec<u64>) {
        self.index.candidates(clause, found);
    }

    /// Where in the clause the pattern first holds, as a range of words.
    pub(super) fn find(
        &self,
        pattern: &Pattern,
        clause: &[Word],
        alone: bool,
    ) -> Option<core::ops::Range<usize>> {
        if pattern.whole && !alone {
            return None;
        }
        let mut dead = [0_u128; ELEMENTS];
        (0..=clause.len()).find_map(|start| {
            let end = self.step(&pattern.elements, clause, start, false, &mut dead)?;
            (start < end).then_some(start..end)
        })
    }

    /// Where the elements end if they hold from `at` on; `within` once a word was taken. What failed once fails again,
    /// so `dead` remembers it: the time is bounded by elements times words.
    fn step(
        &self,
        elements: &[Element],
        clause: &[Word],
        at: usize,
        within: bool,
        dead: &mut [u128; ELEMENTS],
    ) -> Option<usize> {
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        let bit = 1_u128.checked_shl(u32::try_from(at).ok()?)?;
        if within && dead.get(rest.len()).is_some_and(|failed| failed & bit != 0) {
            return None;
        }
        let found = match element {
            Element::Start => {
                let before = clause.get(..at)?;
                if !before.iter().all(|word| self.is_fill(word.id)) {
                    return None;
                }
                self.step(rest, clause, at, within, dead)
            }
            Element::End => {
                if self.at_end(clause, at) {
                    self.step(rest, clause, at, within, dead)
                } else {
                    None
                }
            }
            Element::Gap => (at..=(at + GAP).min(clause.len()))
                .find_map(|next| self.step(rest, clause, next, within, dead)),
            Element::One(one) => self.one(one, elements, rest, clause, at, within, dead),
        };
        if found.is_none()
            && within
            && let Some(failed) = dead.get_mut(rest.len())
        {
            *failed |= bit;
        }
        found
    }

    #[allow(clippy::too_many_arguments, reason = "one step of the walk, apart for its length")]
    fn one(
        &self,
        one: &One,
        elements: &[Element],
        rest: &[Element],
        clause: &[Word],
        at: usize,
        within: bool,
        dead: &mut [u128; ELEMENTS],
    ) -> Option<usize> {
        let word = clause.get(at);
        if word.is_some_and(|word| one.is(word))
            && let Some(end) = self.step(rest, clause, at + 1, true, dead)
        {
            return Some(end);
        }
        if ((one.start && at == 0) || (one.end && self.at_end(clause, at)))
            && let Some(end) = self.step(rest, clause, at, within, dead)
        {
            return Some(end);
        }
        if within
            && word.is_some_and(|word| self.has(word.id, Trait::SKIP))
            && let Some(end) = self.step(elements, clause, at + 1, within, dead)
        {
            return Some(end);
        }
        if one.optional { self.step(rest, clause, at, within, dead) } else { None }
    }

    fn at_end(&self, clause: &[Word], at: usize) -> bool {
        clause.get(at..).is_some_and(|after| {
            after.iter().all(|word| self.is_fill(word.id) || word.id == self.marks.question)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_line_is_refused_with_its_place() {
        for (line, reason) in [
            ("opt_out all: stop", "no such label"),
            ("help somewhere: stop", "no such scope"),
            ("help none: @nothing", "no such class @nothing"),
            ("help none: a||b", "an empty alternative"),
            ("help none: %thing", "no such kind %thing"),
            ("just words", "neither class nor pattern"),
        ] {
            let error = Grammar::read(&["# fine\n", line]).unwrap_err();
            assert!(error.contains(reason) && error.starts_with("part 2, line 1"), "{error}");
        }
    }

    /// Without the memory of what failed this would take longer than the sun burns.
    #[test]
    fn optional_words_in_a_row_are_matched_in_bounded_time() {
        let classes = "@fill = ok\n@skip = xy\n@run = xy\n@runstart = xy\n@greet = xy\n";
        let tags: String = frames::NAMED
            .iter()
            .map(|(name, _)| *name)
            .chain(items::ROLES.iter().map(|(name, _)| *name))
            .map(|name| format!("@{name} = {name}\n"))
            .collect();
        let pattern = format!("help none: ab {} cd", "xy? ".repeat(30));
        let grammar = Grammar::read(&[classes, &tags, &pattern]).unwrap();
        let text = format!("ab {}", "xy ".repeat(100));
        let reduced = super::super::text::reduce(&text, &grammar);
        let started = std::time::Instant::now();
        for clause in reduced.clauses() {
            for pattern in &grammar.patterns {
                assert!(grammar.find(pattern, clause, true).is_none());
            }
        }
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }

    /// The index leaves a pattern out only where it cannot hold.
    #[test]
    fn what_the_index_leaves_out_cannot_hold() {
        let grammar = &*GRAMMAR;
        let texts = include_str!("../../testdata/replies.csv").lines();
        let mut found = vec![];
        let mut held = 0;
        for text in texts {
            let reduced = super::super::text::reduce(text, grammar);
            for clause in reduced.clauses() {
                grammar.candidates(clause, &mut found);
                for (number, pattern) in grammar.patterns.iter().enumerate() {
                    if grammar.find(pattern, clause, true).is_some() {
                        held += 1;
                        assert!(found[number / 64] & (1 << (number % 64)) != 0, "{text}: {pattern:?}");
                    }
                }
            }
        }
        assert!(held > 1_000, "{held}");
    }
}
