//! The rules, as dated data: read, checked, looked up.

mod assemble;
mod calendar;
mod clock;
mod error;
mod file;
mod named;
mod rule;
mod state;
mod window;
mod zip;

use fixedops_vocab::{PolicyVersion, ProgramId, Purpose, Scope};

pub use error::RuleBookError;
pub use rule::{Rule, Status};

pub(crate) use calendar::YearlyDates;
pub(crate) use clock::{Clock, ClockSet, Clocks, shown_in};
pub(crate) use file::{
    AbandonmentTerms, Answer, Cap, ClarificationTerms, ConfirmationTerms, Counts, EmailTerms, RegistryTerms,
    RelationshipTerms, ReplyTerms, RevocationTerms, Strict,
};
pub(crate) use named::Named;
pub(crate) use state::{Lift, LiftKind, RuleRef, StateRules};
pub(crate) use window::DayWindow;

use crate::VehicleFact;
use zip::ZipTable;

/// The rules of US messaging consent as dated data: federal, states, carriers, e-mail, area codes, ZIP codes, and the
/// house's own policy. The code knows kinds of rules; which apply, with which numbers, from when, stands here.
///
/// ```
/// let book = fixedops_consent::RuleBook::shipped();
/// let rule = book.rule("FED-QUIET-0800-2100").expect("a federal rule");
/// assert_eq!(rule.citation, "47 CFR 64.1200(c)(1)");
/// ```
#[derive(Clone, Debug)]
pub struct RuleBook {
    version: PolicyVersion,
    /// By id.
    rules: Vec<Rule>,
    named: Vec<RuleRef>,
    /// By code.
    states: Vec<StateRules>,
    /// By the two letters of the code: place in `states`.
    state_places: Vec<Option<u8>>,
    /// By the three digits.
    area_codes: Vec<Option<Place>>,
    /// Area codes of other countries.
    abroad: Vec<String>,
    zip_codes: ZipTable,
    no_state: Vec<String>,
    pub(crate) clocks: Clocks,
    pub(crate) quiet_hours: (RuleRef, DayWindow),
    pub(crate) relationship: RelationshipTerms,
    pub(crate) registry: RegistryTerms,
    pub(crate) confirmation: ConfirmationTerms,
    pub(crate) clarification: ClarificationTerms,
    pub(crate) revocation: RevocationTerms,
    pub(crate) strict: Strict,
    /// States whose federal courts take spoken consent for written.
    pub(crate) oral_consent: Vec<String>,
    pub(crate) abandonment: AbandonmentTerms,
    pub(crate) email: EmailTerms,
    pub(crate) reply: ReplyTerms,
    pub(crate) priority: Priority,
    pub(crate) caps: Vec<HouseCap>,
    pub(crate) stacking: Vec<Stacking>,
    carrier_blocks: Vec<file::CarrierBlock>,
    dms_flags: Vec<file::DmsFlag>,
    pub(crate) relevance: Relevance,
}

/// Where an area code lies.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Place in the list of states; none for a territory without rules of its own.
    pub(crate) state: Option<u8>,
    pub(crate) clocks: ClockSet,
}

/// At most so many touches in a rolling window.
#[derive(Clone, Debug)]
pub(crate) struct HouseCap {
    pub(crate) rule: RuleRef,
    pub(crate) counts: Counts,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) max: Cap,
    pub(crate) hours: u32,
}

/// Which of several waiting touches goes first.
#[derive(Clone, Debug)]
pub(crate) struct Priority {
    pub(crate) rule: RuleRef,
    pub(crate) spacing_hours: u32,
    /// From the most important.
    pub(crate) classes: Vec<Class>,
    /// Place of the class of whatever no class names.
    otherwise: u8,
}

#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) never_waits: bool,
    purposes: Vec<Purpose>,
    programs: Vec<ProgramId>,
}

impl Priority {
    /// Place of a touch's class: 0 is the most important.
    pub(crate) fn rank(&self, purpose: Purpose, program: &ProgramId) -> u8 {
        let place = |holds: &dyn Fn(&Class) -> bool| {
            self.classes.iter().position(holds).and_then(|place| u8::try_from(place).ok())
        };
        place(&|class| class.purposes.contains(&purpose))
            .or_else(|| place(&|class| class.programs.contains(program)))
            .unwrap_or(self.otherwise)
    }

    pub(crate) fn never_waits(&self, rank: u8) -> bool {
        self.classes.get(usize::from(rank)).is_some_and(|class| class.never_waits)
    }
}

/// A touch of one class is not piled onto one of others.
#[derive(Clone, Debug)]
pub(crate) struct Stacking {
    pub(crate) rule: RuleRef,
    pub(crate) hold: u8,
    pub(crate) after: Vec<u8>,
    pub(crate) hours: u32,
}

/// The table programme by fact.
#[derive(Clone, Debug)]
pub(crate) struct Relevance {
    pub(crate) wait_hours: u32,
    /// Rule of each fact, in the order of [`VehicleFact::ALL`].
    rules: Vec<RuleRef>,
    rows: Vec<(Vec<ProgramId>, Vec<Answer>)>,
}

impl Relevance {
    /// What `fact` does to a touch of `program`, and the rule that says so. A programme without a row is never held.
    pub(crate) fn of(&self, program: &ProgramId, fact: VehicleFact) -> Option<(RuleRef, Answer)> {
        let (_, answers) = self.rows.iter().find(|(programs, _)| programs.contains(program))?;
        Some((*self.rules.get(fact as usize)?, *answers.get(fact as usize)?))
    }
}

impl RuleBook {
    /// The files that ship with this crate, by name, for those who replace one of them (the house policy, say) and
    /// hand all to [`RuleBook::from_files`].
    pub const SHIPPED_FILES: &'static [(&'static str, &'static str)] = &[
        ("federal.toml", include_str!("../../rules/federal.toml")),
        ("states.toml", include_str!("../../rules/states.toml")),
        ("area_codes.toml", include_str!("../../rules/area_codes.toml")),
        ("zip_codes.txt", include_str!("../../rules/zip_codes.txt")),
        ("carriers.toml", include_str!("../../rules/carriers.toml")),
        ("email.toml", include_str!("../../rules/email.toml")),
        ("house.toml", include_str!("../../rules/house.toml")),
    ];

    /// The book that ships with this crate. Reading it takes some milliseconds: keep it.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_files(Self::SHIPPED_FILES).expect("the shipped files are read by a test")
    }

    /// Reads a book from files, each a pair of name and text. A section stands in one file only, and every section
    /// must be there. A name that ends in `.toml` is a rule file; any other is the table of ZIP codes.
    ///
    /// # Errors
    /// [`RuleBookError`] with file, line and reason: no TOML, an unknown or missing field, a wrong value, a section or
    /// rule given twice or missing, a reference to a rule, calendar, class, zone or state that is not there.
    pub fn from_files(files: &[(&str, &str)]) -> Result<Self, RuleBookError> {
        assemble::assemble(files)
    }

    /// Names and versions of the files it was read from.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules
            .binary_search_by(|rule| rule.id.as_str().cmp(id))
            .ok()
            .and_then(|place| self.rules.get(place))
    }

    /// Every rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// Two-letter codes of the states it knows, in alphabetical order.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.iter().map(|state| state.code.as_str())
    }

    /// What a provider's refusal of a number revokes: `21610` of `twilio` is an opt-out by text, and so on. `None`
    /// where the code is no opt-out (a number out of service, say) or the provider is not known.
    ///
    /// ```
    /// use fixedops_consent::RuleBook;
    /// use fixedops_vocab::Scope;
    /// let book = RuleBook::shipped();
    /// assert_eq!(book.carrier_block("Twilio", "21610"), Some(Scope::Sms));
    /// assert_eq!(book.carrier_block("telnyx", "40300"), Some(Scope::Sms));
    /// assert_eq!(book.carrier_block("twilio", "30003"), None);
    /// ```
    #[must_use]
    pub fn carrier_block(&self, provider: &str, code: &str) -> Option<Scope> {
        let (provider, code) = (provider.trim(), code.trim());
        let block = self.carrier_blocks.iter().find(|block| {
            block.provider.eq_ignore_ascii_case(provider)
                && block.codes.iter().any(|known| known.eq_ignore_ascii_case(code))
        });
        block.map(|block| block.scope)
    }

    /// What a flag of a dealer management system revokes, whatever its spelling of the name; nothing where the name is
    /// not known.
    ///
    /// ```
    /// use fixedops_consent::RuleBook;
    /// use fixedops_vocab::Scope;
    /// let book = RuleBook::shipped();
    /// assert_eq!(book.dms_flag("BlockPhone"), [Scope::Calls, Scope::Sms]);
    /// assert_eq!(book.dms_flag("block_mail"), [Scope::Email]);
    /// assert!(book.dms_flag("vip").is_empty());
    /// ```
    #[must_use]
    pub fn dms_flag(&self, name: &str) -> &[Scope] {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(name);
        let flag = self.dms_flags.iter().find(|flag| flag.names.iter().any(|known| plain(known) == wanted));
        flag.map_or(&[], |flag| flag.scopes.as_slice())
    }

    pub(crate) fn rule_at(&self, rule: RuleRef) -> Option<&Rule> {
        self.rules.get(usize::from(rule.0))
    }

    pub(crate) fn named(&self, named: Named) -> RuleRef {
        self.named.get(named as usize).copied().unwrap_or_default()
    }

    pub(crate) fn state_at(&self, place: u8) -> Option<&StateRules> {
        self.states.get(usize::from(place))
    }

    /// Place of a state in the list, by its code in any case.
    pub(crate) fn state_place(&self, code: &str) -> Option<u8> {
        let letter =
            |byte: u8| byte.is_ascii_alphabetic().then(|| usize::from(byte.to_ascii_uppercase() - b'A'));
        let &[first, second] = code.trim().as_bytes() else { return None };
        self.state_places.get(letter(first)? * 26 + letter(second)?).copied().flatten()
    }

    /// Place of a state in the list, by its code or its name in any case, with or without a full stop.
    pub(crate) fn state_named(&self, name: &str) -> Option<u8> {
        self.state_place(name).or_else(|| {
            let name = name.trim().trim_end_matches('.');
            let place = self.states.iter().position(|state| state.name.eq_ignore_ascii_case(name))?;
            u8::try_from(place).ok()
        })
    }

    /// Whether the words say that no state is known.
    pub(crate) fn says_no_state(&self, name: &str) -> bool {
        self.no_state.iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
    }

    /// How many states there are; their places are the numbers below it.
    pub(crate) fn states_known(&self) -> u8 {
        u8::try_from(self.states.len()).unwrap_or(u8::MAX)
    }

    /// Whether an area code is one of another country.
    pub(crate) fn is_abroad(&self, code: &str) -> bool {
        self.abroad.iter().any(|known| known == code.trim())
    }

    pub(crate) fn area_code(&self, code: &str) -> Option<&Place> {
        let code = code.trim();
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        self.area_codes.get(code.parse::<usize>().ok().filter(|_| digits)?)?.as_ref()
    }

    pub(crate) fn zip_areas(&self, zip: &str) -> impl Iterator<Item = &zip::Area> {
        self.zip_codes.areas(zip)
    }
}
