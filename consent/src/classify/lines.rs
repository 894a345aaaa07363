//! From what a reply says of work to the lines of the inspection that is open.

use fixedops_vocab::InspectionCode;

use super::grammar::{Concept, GRAMMAR, Grammar};
use super::items::{self, Spoken, What};
use super::words::Kinds;
use super::{Mention, ReplyContext, ReplyLabel, conclude_reduced, text};

/// A line of the open inspection, in the order in which the customer was shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLine<'a> {
    /// What it is called in the record.
    pub id: &'a str,
    /// What the customer was shown: "Front brake pads and rotors".
    pub name: &'a str,
    /// Its colour, if the inspection gave one.
    pub code: Option<InspectionCode>,
}

impl<'a> OpenLine<'a> {
    /// A line without a colour.
    #[must_use]
    pub const fn new(id: &'a str, name: &'a str) -> Self {
        Self { id, name, code: None }
    }
}

/// What a reply says of one open line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LineAnswer {
    /// Do it.
    Approved,
    /// Do not do it.
    Declined,
    /// Not now: the words that say when, as far as they were understood.
    Deferred(String),
    /// Something is asked about it.
    Asked,
    /// It may be meant, and so may another, or two things are said of it: ask. The words.
    Unclear(String),
    /// Nothing is said of it.
    Unsaid,
}

/// What a reply says of the open lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LineAnswers {
    /// One answer for each line, in their order.
    pub lines: Vec<LineAnswer>,
    /// Work the reply names that no open line is.
    pub unmatched: Vec<String>,
}

/// Reads what a reply says of each line of the open inspection.
///
/// Lines are named by their number as presented, by words (`the front brakes`, `los frenos`), by colour, or together
/// (`all`, `everything but`, `the rest`). Where words fit several lines and the reply approves, each of them is
/// [`LineAnswer::Unclear`]: two brake lines are never guessed between. A refusal or a deferral holds for all it fits.
///
/// ```
/// use fixedops_consent::{LineAnswer, OpenLine, read_lines};
/// let lines = [OpenLine::new("a", "Oil change"), OpenLine::new("b", "Coolant flush"), OpenLine::new("c", "Front brakes")];
/// let answers = read_lines("do the oil, skip the flush, brakes next time", &lines);
/// assert_eq!(answers.lines, [LineAnswer::Approved, LineAnswer::Declined, LineAnswer::Deferred("next time".into())]);
/// ```
#[must_use]
pub fn read_lines(text: &str, lines: &[OpenLine<'_>]) -> LineAnswers {
    let grammar = &*GRAMMAR;
    let reduced = text::reduce(text, grammar);
    let spoken = items::spoken(&reduced, grammar);
    let mut board = Board::new(grammar, lines);
    for spoken in &spoken {
        board.take(spoken);
    }
    // "Go ahead", "no thanks", "maybe next month": of all of them.
    if board.answers.iter().all(|(answer, _)| *answer == LineAnswer::Unsaid)
        && board.unmatched.is_empty()
        && !lines.is_empty()
    {
        let offered = ReplyContext { open_quotes: Some(1), ..ReplyContext::default() };
        let later = items::put_off_all(&reduced, grammar);
        let reading = conclude_reduced(&reduced, grammar, &offered);
        let answer = match (reading.label, later) {
            (ReplyLabel::ApproveAll, None) => Some(LineAnswer::Approved),
            (ReplyLabel::DeclineAll, Some(words)) => Some(LineAnswer::Deferred(words)),
            (ReplyLabel::DeclineAll, None) => Some(LineAnswer::Declined),
            _ => None,
        };
        if let Some(answer) = answer {
            board.answers.fill((answer, Rank::All));
        }
    }
    LineAnswers {
        lines: board.answers.into_iter().map(|(answer, _)| answer).collect(),
        unmatched: board.unmatched,
    }
}

/// How narrowly a line was spoken of: the narrower word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Unsaid,
    /// Because only another was wanted.
    Only,
    All,
    Rest,
    Named,
}

struct Board<'a> {
    grammar: &'a Grammar,
    /// What each line's name speaks of, and the mileage it names.
    concepts: Vec<(Vec<Concept>, Option<u32>, Option<InspectionCode>)>,
    answers: Vec<(LineAnswer, Rank)>,
    unmatched: Vec<String>,
}

impl<'a> Board<'a> {
    fn new(grammar: &'a Grammar, lines: &[OpenLine<'_>]) -> Self {
        let concepts = lines
            .iter()
            .map(|line| {
                let name = text::reduce(line.name, grammar);
                let concepts = name.words().iter().filter_map(|word| grammar.concept(word.id)).collect();
                let miles = name.words().iter().find(|word| word.kinds.has(Kinds::MILES));
                (concepts, miles.and_then(|word| thousands(name.text(word))), line.code)
            })
            .collect();
        Self {
            grammar,
            concepts,
            answers: vec![(LineAnswer::Unsaid, Rank::Unsaid); lines.len()],
            unmatched: vec![],
        }
    }

    fn take(&mut self, spoken: &Spoken) {
        let all: Vec<usize> = (0..self.answers.len()).collect();
        let (found, rank, every, words) = match &spoken.what {
            What::All => (all, Rank::All, true, String::new()),
            What::Rest => {
                let unsaid = all
                    .into_iter()
                    .filter(|at| self.answers.get(*at).is_some_and(|(_, rank)| *rank < Rank::Rest));
                (unsaid.collect(), Rank::Rest, true, String::new())
            }
            What::Number(number) => {
                let found = number.checked_sub(1).filter(|at| *at < self.answers.len());
                (found.into_iter().collect(), Rank::Named, true, number.to_string())
            }
            What::Last => (
                self.answers.len().checked_sub(1).into_iter().collect(),
                Rank::Named,
                true,
                "last".to_owned(),
            ),
            What::Things { concepts, every, words } => {
                let (found, whole) = self.fitting(concepts, words);
                (found, Rank::Named, *every || whole, words.clone())
            }
        };
        if found.is_empty() {
            if rank == Rank::Named && !self.unmatched.contains(&words) {
                self.unmatched.push(words);
            }
            return;
        }
        let doubt = found.len() > 1 && !every && spoken.mention == Mention::Approved;
        let answer = match spoken.mention {
            _ if doubt => LineAnswer::Unclear(words.clone()),
            Mention::Approved => LineAnswer::Approved,
            Mention::Declined => LineAnswer::Declined,
            Mention::Deferred => LineAnswer::Deferred(spoken.later.clone().unwrap_or_default()),
            Mention::Asked => LineAnswer::Asked,
            Mention::Named if rank == Rank::Named => LineAnswer::Unclear(words.clone()),
            Mention::Named => return,
        };
        for &at in &found {
            let Some(line) = self.answers.get_mut(at) else { continue };
            let contradicts = line.1 == rank && rank == Rank::Named && line.0 != answer;
            if contradicts && (answer == LineAnswer::Asked || matches!(line.0, LineAnswer::Unclear(_))) {
                continue;
            }
            if contradicts && line.0 != LineAnswer::Asked {
                line.0 = LineAnswer::Unclear(words.clone());
            } else if line.1 <= rank {
                *line = (answer.clone(), rank);
            }
        }
        if spoken.only && matches!(spoken.mention, Mention::Approved) {
            for line in self.answers.iter_mut().filter(|line| line.1 < Rank::Only) {
                *line = (LineAnswer::Declined, Rank::Only);
            }
        }
    }

    /// The lines that some words fit, and whether the words say that all of them are meant.
    fn fitting(&self, concepts: &[Concept], words: &str) -> (Vec<usize>, bool) {
        let miles = words.split(' ').find_map(thousands);
        if let Some(miles) = miles {
            let found = self.places(|(_, line, _)| *line == Some(miles));
            return (found, false);
        }
        let named = |code: &str| concepts.iter().any(|concept| self.grammar.name(*concept) == code);
        for (word, code) in [
            ("red", InspectionCode::Red),
            ("yellow", InspectionCode::Yellow),
            ("green", InspectionCode::Green),
        ] {
            if named(word) {
                return (self.places(|(_, _, line)| *line == Some(code)), true);
            }
        }
        // Words that no line holds tell nothing apart: "the brake job" is a line "Brakes".
        let known: Vec<Concept> = concepts
            .iter()
            .copied()
            .filter(|concept| self.concepts.iter().any(|(line, ..)| line.contains(concept)))
            .collect();
        let unknown_place =
            concepts.iter().any(|concept| self.grammar.is_place(*concept) && !known.contains(concept));
        if known.is_empty()
            || known.iter().all(|concept| self.is_general(*concept)) && known.len() < concepts.len()
        {
            return (vec![], false);
        }
        let found = self.places(|(line, ..)| known.iter().all(|concept| line.contains(concept)));
        // A line that is that and nothing else before lines that hold it among others.
        let exact: Vec<usize> = found
            .iter()
            .copied()
            .filter(|at| {
                self.concepts.get(*at).is_some_and(|(line, ..)| {
                    line.iter().all(|concept| known.contains(concept) || self.is_general(*concept))
                })
            })
            .collect();
        if exact.len() == 1 && !unknown_place {
            return (exact, false);
        }
        (found, false)
    }

    /// "Service", "repair", "cleaning": beside any kind of work.
    fn is_general(&self, concept: Concept) -> bool {
        matches!(self.grammar.name(concept), "service" | "patch" | "cleaning" | "inspection" | "exchange")
            || self.grammar.is_place(concept)
    }

    fn places(
        &self,
        fits: impl Fn(&(Vec<Concept>, Option<u32>, Option<InspectionCode>)) -> bool,
    ) -> Vec<usize> {
        self.concepts.iter().enumerate().filter(|(_, line)| fits(line)).map(|(at, _)| at).collect()
    }
}

/// `30k`, `30000`: thousands of miles.
fn thousands(word: &str) -> Option<u32> {
    if let Some(thousands) = word.strip_suffix('k') {
        return thousands.parse().ok();
    }
    word.parse::<u32>().ok().filter(|miles| *miles >= 1_000 && miles % 500 == 0).map(|miles| miles / 1_000)
}
