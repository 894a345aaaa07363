//! The rules, as dated data: read, checked, looked up.

mod calendar;
mod error;
mod file;
mod rule;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use fixedops_vocab::PolicyVersion;

pub use error::RuleBookError;
pub use rule::{Rule, Status};

pub(crate) use calendar::Calendar;
pub(crate) use file::{
    Cap, ConfirmationTerms, Counts, EmailTerms, HouseCap, Lift, LocationTerms, Priority, QuietHours,
    RegistryTerms, RelationshipTerms, ReplyTerms, Stacking, StateRules, Strict,
};
pub(crate) use window::DayWindow;

use file::{RevocationTerms, RuleFile};

/// The rules of US messaging consent as dated data: federal, states, carriers, e-mail, area codes, and the house's own
/// policy. The code knows kinds of rules; which apply, with which numbers, from when, stands here.
///
/// ```
/// let book = fixedops_consent::RuleBook::shipped();
/// let rule = book.rule("FED-QUIET-0800-2100").expect("a federal rule");
/// assert_eq!(rule.citation, "47 CFR 64.1200(c)(1)");
/// ```
#[derive(Clone, Debug)]
pub struct RuleBook {
    version: PolicyVersion,
    rules: BTreeMap<String, Rule>,
    calendars: BTreeMap<String, Calendar>,
    states: BTreeMap<String, StateRules>,
    area_codes: BTreeMap<String, Place>,
    pub(crate) quiet_hours: QuietHours,
    pub(crate) relationship: RelationshipTerms,
    pub(crate) registry: RegistryTerms,
    pub(crate) confirmation: ConfirmationTerms,
    pub(crate) revocation: RevocationTerms,
    pub(crate) location: LocationTerms,
    pub(crate) strict: Strict,
    pub(crate) email: EmailTerms,
    pub(crate) reply: ReplyTerms,
    pub(crate) priority: Priority,
    pub(crate) caps: Vec<HouseCap>,
    pub(crate) stacking: Vec<Stacking>,
}

/// Where an area code lies.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) state: Option<String>,
    pub(crate) zones: Vec<Tz>,
}

/// Rules the code itself names; a book without one of them is refused.
const NAMED_BY_CODE: &[&str] = &[
    "CARRIER-OPTIN",
    "CARRIER-STOP-BLOCK",
    "CTIA-CONVERSATIONAL",
    "CTIA-PROMO-WRITTEN-CONSENT",
    "EMAIL-CANSPAM",
    "EMAIL-CANSPAM-ADDRESS",
    "EMAIL-CANSPAM-OPTOUT",
    "EMAIL-CANSPAM-OPTOUT-MECH",
    "EMAIL-RFC8058",
    "EMAIL-TRANSACTIONAL",
    "ENG-NO-OPENING",
    "ENG-NOT-NANP",
    "FED-AI-VOICE",
    "FED-DNC-EBR-18M",
    "FED-DNC-EBR-3M",
    "FED-DNC-INTERNAL",
    "FED-DNC-NATIONAL",
    "FED-DNC-NATIONAL-NOT-SOLICITATION",
    "FED-DNC-SCRUB31",
    "FED-DNC-WRITTEN-PERMISSION",
    "FED-DUAL-PURPOSE",
    "FED-EMERGENCY",
    "FED-INVITED-REPLY",
    "FED-ONE-TO-ONE-VACATED",
    "FED-PRERECORDED-OPTOUT",
    "FED-REVOKE-ALL",
    "FED-REVOKE-ALL-WAIVED",
    "FED-REVOKE-CONFIRM-5MIN",
    "FED-REVOKE-CONFIRM-CLARIFY",
    "FED-REVOKE-CONFIRM-NO-MARKETING",
    "FED-REVOKE-CONFIRM-ONE",
    "FED-REVOKE-OTHER-MEANS",
    "FED-REVOKE-PERSE",
    "FED-REVOKE-REASONABLE-PERSON",
    "FED-RND",
    "FED-TCPA-PEC",
    "FED-TCPA-PEWC",
    "HOUSE-THIS-VEHICLE",
    "REVOKE-WRONG-NUMBER",
    "ST-DNC-STATE",
    "ST-STRICTEST",
    "TZ-DST",
    "TZ-INTERSECTION",
    "TZ-UNKNOWN-ALL-ZONES",
];

impl RuleBook {
    /// The files that ship with this crate, by name, for those who replace one of them (the house policy, say) and
    /// hand all to [`RuleBook::from_toml`].
    pub const SHIPPED_FILES: &'static [(&'static str, &'static str)] = &[
        ("federal.toml", include_str!("../../rules/federal.toml")),
        ("states.toml", include_str!("../../rules/states.toml")),
        ("area_codes.toml", include_str!("../../rules/area_codes.toml")),
        ("carriers.toml", include_str!("../../rules/carriers.toml")),
        ("email.toml", include_str!("../../rules/email.toml")),
        ("house.toml", include_str!("../../rules/house.toml")),
    ];

    /// The book that ships with this crate. Reading it takes a moment: keep it.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(Self::SHIPPED_FILES).expect("the shipped files are read by a test")
    }

    /// Reads a book from files, each a pair of name and text. A section stands in one file only, and every section
    /// must be there.
    ///
    /// # Errors
    /// [`RuleBookError`] with file, line and reason: no TOML, an unknown or missing field, a wrong value, a section or
    /// rule given twice or missing, a reference to a rule, calendar, class or area code that is not there.
    pub fn from_toml(files: &[(&str, &str)]) -> Result<Self, RuleBookError> {
        let mut parts = Parts::default();
        for (name, text) in files {
            let file = toml::from_str(text).map_err(|error| RuleBookError::from_toml(name, text, &error))?;
            parts.add(name, file)?;
        }
        parts.assemble()
    }

    /// Names and versions of the files it was read from.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// Every rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// Two-letter codes of the states it knows.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.keys().map(String::as_str)
    }

    pub(crate) fn state(&self, code: &str) -> Option<&StateRules> {
        self.states.get(code)
    }

    pub(crate) fn area_code(&self, code: &str) -> Option<&Place> {
        self.area_codes.get(code)
    }

    pub(crate) fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }
}

/// A value and the file it stands in.
type Placed<T> = Option<(String, T)>;

#[derive(Default)]
struct Parts {
    versions: Vec<String>,
    rules: BTreeMap<String, Rule>,
    calendars: BTreeMap<String, Calendar>,
    states: BTreeMap<String, (String, StateRules)>,
    area_codes: BTreeMap<String, (String, file::AreaCode)>,
    quiet_hours: Placed<QuietHours>,
    relationship: Placed<RelationshipTerms>,
    registry: Placed<RegistryTerms>,
    confirmation: Placed<ConfirmationTerms>,
    revocation: Placed<RevocationTerms>,
    location: Placed<LocationTerms>,
    strict: Placed<Strict>,
    email: Placed<EmailTerms>,
    reply: Placed<ReplyTerms>,
    priority: Placed<Priority>,
    caps: Vec<(String, HouseCap)>,
    stacking: Vec<(String, Stacking)>,
}

fn put<T>(slot: &mut Placed<T>, file: &str, section: &str, value: Option<T>) -> Result<(), RuleBookError> {
    let Some(value) = value else { return Ok(()) };
    if let Some((first, _)) = slot {
        return Err(RuleBookError::in_file(file, format!("[{section}] stands in {first} already")));
    }
    *slot = Some((file.to_owned(), value));
    Ok(())
}

fn insert<T>(
    map: &mut BTreeMap<String, T>,
    file: &str,
    kind: &str,
    key: String,
    value: T,
) -> Result<(), RuleBookError> {
    if map.contains_key(&key) {
        return Err(RuleBookError::in_file(file, format!("{kind} {key:?} is given twice")));
    }
    map.insert(key, value);
    Ok(())
}

fn take<T>(slot: Placed<T>, section: &str) -> Result<T, RuleBookError> {
    slot.map(|(_, value)| value)
        .ok_or_else(|| RuleBookError::in_file("rule book", format!("no file has the section [{section}]")))
}

impl Parts {
    fn add(&mut self, name: &str, file: RuleFile) -> Result<(), RuleBookError> {
        self.versions.push(format!("{}@{}", file.name, file.version));
        for rule in file.rules {
            insert(&mut self.rules, name, "rule", rule.id.clone(), rule)?;
        }
        for calendar in file.calendars {
            insert(&mut self.calendars, name, "calendar", calendar.name.clone(), calendar)?;
        }
        for state in file.states {
            insert(&mut self.states, name, "state", state.code.clone(), (name.to_owned(), state))?;
        }
        for (code, place) in file.area_codes {
            insert(&mut self.area_codes, name, "area code", code, (name.to_owned(), place))?;
        }
        self.caps.extend(file.caps.into_iter().map(|cap| (name.to_owned(), cap)));
        self.stacking.extend(file.stacking.into_iter().map(|rule| (name.to_owned(), rule)));
        put(&mut self.quiet_hours, name, "quiet_hours", file.quiet_hours)?;
        put(&mut self.relationship, name, "business_relationship", file.business_relationship)?;
        put(&mut self.registry, name, "registry", file.registry)?;
        put(&mut self.confirmation, name, "confirmation", file.confirmation)?;
        put(&mut self.revocation, name, "revocation", file.revocation)?;
        put(&mut self.location, name, "location", file.location)?;
        put(&mut self.strict, name, "strict", file.strict)?;
        put(&mut self.email, name, "email", file.email)?;
        put(&mut self.reply, name, "reply", file.reply)?;
        put(&mut self.priority, name, "priority", file.priority)
    }

    fn assemble(self) -> Result<RuleBook, RuleBookError> {
        self.check_references()?;
        let area_codes = self.places()?;
        let version = PolicyVersion::new(self.versions.join("+"))
            .map_err(|error| RuleBookError::in_file("rule book", format!("names and versions: {error}")))?;
        let location = take(self.location, "location")?;
        if location.all_zones.is_empty() {
            return Err(RuleBookError::in_file("rule book", "[location] all_zones is empty"));
        }
        Ok(RuleBook {
            version,
            rules: self.rules,
            calendars: self.calendars,
            states: self.states.into_iter().map(|(code, (_, state))| (code, state)).collect(),
            area_codes,
            quiet_hours: take(self.quiet_hours, "quiet_hours")?,
            relationship: take(self.relationship, "business_relationship")?,
            registry: take(self.registry, "registry")?,
            confirmation: take(self.confirmation, "confirmation")?,
            revocation: take(self.revocation, "revocation")?,
            location,
            strict: take(self.strict, "strict")?,
            email: take(self.email, "email")?,
            reply: take(self.reply, "reply")?,
            priority: take(self.priority, "priority")?,
            caps: self.caps.into_iter().map(|(_, cap)| cap).collect(),
            stacking: self.stacking.into_iter().map(|(_, rule)| rule).collect(),
        })
    }

    /// Every name that one part uses must stand in another.
    fn check_references(&self) -> Result<(), RuleBookError> {
        for id in NAMED_BY_CODE {
            self.needs_rule("rule book", "the code", id)?;
        }
        for (file, state) in self.states.values() {
            let place = format!("state {}", state.code);
            for (rule, lifts) in state
                .hours
                .iter()
                .map(|hours| (&hours.rule, &hours.lifted_by))
                .chain(state.holidays.iter().map(|days| (&days.rule, &days.lifted_by)))
                .chain(state.caps.iter().map(|cap| (&cap.rule, &cap.lifted_by)))
            {
                self.needs_rule(file, &place, rule)?;
                for lift in lifts {
                    self.needs_rule(file, &place, lift.rule())?;
                }
            }
            for days in &state.holidays {
                if !self.calendars.contains_key(&days.calendar) {
                    return Err(RuleBookError::in_file(
                        file,
                        format!("{place} names calendar {:?}, which no file has", days.calendar),
                    ));
                }
            }
            let named = [&state.written_consent, &state.emergency, &state.registry_reaches_texts];
            for rule in
                named.into_iter().flatten().chain(state.optout_years.as_ref().map(|years| &years.rule))
            {
                self.needs_rule(file, &place, rule)?;
            }
        }
        for (file, cap) in &self.caps {
            self.needs_rule(file, "a [[cap]]", &cap.rule)?;
        }
        if let Some((file, quiet)) = &self.quiet_hours {
            self.needs_rule(file, "[quiet_hours]", &quiet.rule)?;
        }
        self.check_classes()
    }

    fn check_classes(&self) -> Result<(), RuleBookError> {
        let Some((file, priority)) = &self.priority else { return Ok(()) };
        self.needs_rule(file, "[priority]", &priority.rule)?;
        let classes: BTreeSet<&str> = priority.classes.iter().map(|class| class.name.as_str()).collect();
        let needs = |file: &str, place: &str, class: &str| {
            if classes.contains(class) {
                return Ok(());
            }
            Err(RuleBookError::in_file(
                file,
                format!("{place} names class {class:?}, which [priority] has not"),
            ))
        };
        needs(file, "[priority] otherwise", &priority.otherwise)?;
        priority.never_wait.iter().try_for_each(|class| needs(file, "[priority] never_wait", class))?;
        for (file, rule) in &self.stacking {
            self.needs_rule(file, "a [[stacking]]", &rule.rule)?;
            needs(file, "a [[stacking]] hold", &rule.hold)?;
            rule.after.iter().try_for_each(|class| needs(file, "a [[stacking]] after", class))?;
        }
        Ok(())
    }

    fn needs_rule(&self, file: &str, place: &str, id: &str) -> Result<(), RuleBookError> {
        if self.rules.contains_key(id) {
            return Ok(());
        }
        Err(RuleBookError::in_file(file, format!("{place} names rule {id:?}, which no file has")))
    }

    fn places(&self) -> Result<BTreeMap<String, Place>, RuleBookError> {
        let mut places = BTreeMap::new();
        for (code, (file, area)) in &self.area_codes {
            let zones = match (&area.parent, area.zones.is_empty()) {
                (None, false) => area.zones.clone(),
                (Some(parent), true) => {
                    self.area_codes.get(parent).map(|(_, area)| area.zones.clone()).unwrap_or_default()
                }
                _ => vec![],
            };
            if zones.is_empty() {
                return Err(RuleBookError::in_file(
                    file,
                    format!("area code {code} needs either zones or a parent that has zones"),
                ));
            }
            if area.state.as_ref().is_some_and(|state| !self.states.contains_key(state)) {
                return Err(RuleBookError::in_file(
                    file,
                    format!("area code {code} lies in an unknown state"),
                ));
            }
            places.insert(code.clone(), Place { state: area.state.clone(), zones });
        }
        Ok(places)
    }
}
