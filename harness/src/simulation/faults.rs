//! What goes wrong on purpose, and how often. Every fault is drawn from the seed and a name: the same run has the same
//! faults.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use fixedops_connectors_traits::{Batch, Journal, JournalError, JournalErrorKind, Recorded};
use fixedops_vocab::SellerId;

use super::draw::Draw;
use super::layer::{Layer, OnAppend};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The process dies, just before or just after an append, and is started again.
    Crash,
    /// The carrier does not answer, refuses, has a block on file, or cannot say what became of a message.
    Carrier,
    /// Inputs come in twice.
    Repeats,
    /// Inputs come in late, behind others.
    Late,
    /// The DMS is down for most of each day, not only at night.
    Dms,
    /// The journal does not answer, and may have written all the same.
    Journal,
}

/// Every fault, as the command line spells it.
pub const ALL: [(&str, Fault); 6] = [
    ("crash", Fault::Crash),
    ("carrier", Fault::Carrier),
    ("repeats", Fault::Repeats),
    ("late", Fault::Late),
    ("dms", Fault::Dms),
    ("journal", Fault::Journal),
];

/// One appended batch in so many kills the process.
const CRASH_EVERY: u64 = 900;
/// One append in so many meets a journal that does not answer.
const JOURNAL_EVERY: f64 = 250.0;
/// Share of inputs that come in again.
const REPEATED: f64 = 0.08;
/// Share of inputs that come in late.
const LATE: f64 = 0.06;

/// The faults of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Nothing goes wrong but what the world itself gets wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether `fault` is among them.
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// As the command line spells them, in order.
    pub fn names(&self) -> Vec<String> {
        ALL.iter().filter(|(_, fault)| self.has(*fault)).map(|(name, _)| (*name).to_owned()).collect()
    }

    /// How much later than it happened an input comes in; and when it comes in once more.
    pub fn of_input(&self, draw: Draw, name: &str) -> (TimeDelta, Option<TimeDelta>) {
        let hours = |what: &str, most: f64| {
            // A few days of minutes.
            #[allow(clippy::cast_possible_truncation)]
            let minutes = draw.between(&format!("{what}/{name}"), 5.0, most * 60.0) as i64;
            TimeDelta::minutes(minutes)
        };
        let late = if self.has(Fault::Late) && draw.unit(&format!("late/{name}")) < LATE {
            hours("late-by", 72.0)
        } else {
            TimeDelta::zero()
        };
        let again = (self.has(Fault::Repeats) && draw.unit(&format!("again/{name}")) < REPEATED)
            .then(|| late + hours("again-after", 30.0));
        (late, again)
    }

    /// How many batches a life lasts: the process dies at the next.
    pub fn life(&self, draw: Draw, number: u32) -> Option<u64> {
        // Lives are of hundreds to thousands of batches.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let batches = draw.between(&format!("life/{number}"), 1.0, 2.0 * CRASH_EVERY as f64) as u64;
        self.has(Fault::Crash).then_some(batches)
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => return Ok(Self::none()),
            "all" => return Ok(Self(ALL.iter().map(|(_, fault)| *fault).collect())),
            _ => {}
        }
        let mut faults = BTreeSet::new();
        for word in text.split(',').map(str::trim) {
            let Some((_, fault)) = ALL.iter().find(|(name, _)| *name == word) else {
                let known: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
                return Err(format!("{word:?} is no fault: none, all, or of {}", known.join(", ")));
            };
            faults.insert(*fault);
        }
        Ok(Self(faults))
    }
}

/// A journal in a process that dies, or that does not always answer.
pub type Shaky = Layer<Shake>;

/// Dies, and does not always answer.
pub struct Shake {
    draw: Draw,
    unsteady: bool,
    /// Batches left to this life.
    left: Option<u64>,
    appended: AtomicU64,
    /// How many appends the lives before this one tried.
    before: u64,
}

impl Shake {
    /// Life number `life` of the process, after lives that tried `before` appends.
    pub fn new(draw: Draw, faults: &Faults, life: u32, before: u64) -> Self {
        let (unsteady, left) = (faults.has(Fault::Journal), faults.life(draw, life));
        Self { draw, unsteady, left, appended: AtomicU64::new(0), before }
    }

    /// How many appends were tried in this life and those before it.
    pub fn tried(&self) -> u64 {
        self.before + self.appended.load(Ordering::Relaxed)
    }

    /// Whether the process died.
    pub fn died(&self) -> bool {
        self.left.is_some_and(|left| self.appended.load(Ordering::Relaxed) > left)
    }
}

#[async_trait]
impl OnAppend for Shake {
    async fn append(
        &self,
        inner: &dyn Journal,
        partition: &SellerId,
        batch: &Batch,
    ) -> Result<Recorded, JournalError> {
        let gone = |why: &str| Err(JournalError::new(JournalErrorKind::Unavailable, why));
        if self.died() {
            return gone("the process has died");
        }
        let number = self.appended.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("append/{}", self.before + number);
        let dies = self.left.is_some_and(|left| number > left);
        let fails = self.unsteady && self.draw.unit(&name) * JOURNAL_EVERY < 1.0;
        if !dies && !fails {
            return inner.append(partition, batch).await;
        }
        // Half of them write first: the caller cannot know.
        if self.draw.unit(&format!("{name}/written")) < 0.5 {
            inner.append(partition, batch).await?;
        }
        gone(if dies { "the process dies here" } else { "the journal does not answer" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_the_command_line_spells_them() {
        assert_eq!("none".parse(), Ok(Faults::none()));
        assert_eq!("all".parse::<Faults>().unwrap().names().len(), ALL.len());
        let two: Faults = "late, crash".parse().unwrap();
        assert_eq!(two.names(), ["crash", "late"]);
        assert!("crash,rust".parse::<Faults>().unwrap_err().contains("\"rust\" is no fault"));
    }

    #[test]
    fn an_input_is_late_and_repeated_as_often_as_is_said() {
        let faults: Faults = "late,repeats".parse().unwrap();
        let (mut late, mut again) = (0, 0);
        for number in 0..10_000 {
            let (by, once_more) = faults.of_input(Draw(3), &format!("i{number}"));
            late += u32::from(by > TimeDelta::zero());
            again += u32::from(once_more.is_some());
            assert!(once_more.is_none_or(|after| after > by));
        }
        assert!((500..700).contains(&late), "{late}");
        assert!((700..900).contains(&again), "{again}");
    }
}
