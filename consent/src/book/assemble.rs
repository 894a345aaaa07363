//! A book from its files: every section once, every name that one part uses there in another.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use fixedops_vocab::PolicyVersion;

use super::calendar::{Calendar, YearlyDates};
use super::clock::{ClockSet, Clocks};
use super::file::{
    self, AbandonmentTerms, Answer, ClarificationTerms, ConfirmationTerms, EmailTerms, LiftForm,
    LocationTerms, OralConsent, QuietHours, RegistryTerms, RelationshipTerms, RelevanceTerms, ReplyTerms,
    RevocationTerms, RuleFile, StateRulesForm, Strict,
};
use super::named::Named;
use super::rule::Rule;
use super::state::{Channels, Lift, LiftKind, RuleRef, StateCap, StateHolidays, StateHours, StateRules};
use super::zip::ZipTable;
use super::{Class, HouseCap, Place, Priority, Relevance, RuleBook, RuleBookError, Stacking};
use crate::VehicleFact;

/// The texts of the files, to say on which line a name stands that leads nowhere.
#[derive(Clone, Copy)]
struct Texts<'a>(&'a [(&'a str, &'a str)]);

impl Texts<'_> {
    /// An error about a name: on the last line of the file that has it as a value, or as a key.
    fn wrong(self, file: &str, name: &str, reason: String) -> RuleBookError {
        let text = self.0.iter().find(|(known, _)| *known == file).map_or("", |(_, text)| *text);
        let (value, key) = (format!("\"{name}\""), format!("{name} ="));
        let holds = |line: &str| line.contains(&value) || line.starts_with(&key);
        let line = (1..).zip(text.lines()).filter(|(_, line)| holds(line)).map(|(number, _)| number).last();
        RuleBookError { file: file.to_owned(), line, reason }
    }
}

pub(super) fn assemble(files: &[(&str, &str)]) -> Result<RuleBook, RuleBookError> {
    let mut parts = Parts::default();
    for (name, text) in files {
        if std::path::Path::new(name).extension().is_some_and(|end| end == "toml") {
            let file = toml::from_str(text).map_err(|error| RuleBookError::from_toml(name, text, &error))?;
            parts.add(name, file, Texts(files))?;
        } else if parts.zip_codes.is_some() {
            return Err(RuleBookError::in_file(name, "a second table of ZIP codes"));
        } else {
            parts.zip_codes = Some(((*name).to_owned(), (*text).to_owned()));
        }
    }
    parts.assemble(Texts(files))
}

/// A value and the file it stands in.
type Placed<T> = Option<(String, T)>;

#[derive(Default)]
struct Parts {
    versions: Vec<String>,
    rules: BTreeMap<String, Rule>,
    calendars: BTreeMap<String, Calendar>,
    states: BTreeMap<String, (String, StateRulesForm)>,
    area_codes: BTreeMap<String, (String, file::AreaCode)>,
    zip_codes: Placed<String>,
    quiet_hours: Placed<QuietHours>,
    relationship: Placed<RelationshipTerms>,
    registry: Placed<RegistryTerms>,
    confirmation: Placed<ConfirmationTerms>,
    clarification: Placed<ClarificationTerms>,
    abroad: Placed<file::Abroad>,
    revocation: Placed<RevocationTerms>,
    location: Placed<LocationTerms>,
    strict: Placed<Strict>,
    oral_consent: Placed<OralConsent>,
    abandonment: Placed<AbandonmentTerms>,
    email: Placed<EmailTerms>,
    reply: Placed<ReplyTerms>,
    priority: Placed<file::Priority>,
    relevance: Placed<RelevanceTerms>,
    caps: Vec<(String, file::HouseCap)>,
    stacking: Vec<(String, file::Stacking)>,
    carrier_blocks: Vec<file::CarrierBlock>,
    dms_flags: Vec<file::DmsFlag>,
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
    (kind, texts): (&str, Texts<'_>),
    key: String,
    value: T,
) -> Result<(), RuleBookError> {
    if map.contains_key(&key) {
        return Err(texts.wrong(file, &key, format!("{kind} {key:?} is given twice")));
    }
    map.insert(key, value);
    Ok(())
}

fn take<T>(slot: Placed<T>, section: &str) -> Result<(String, T), RuleBookError> {
    slot.ok_or_else(|| RuleBookError::in_file("rule book", format!("no file has the section [{section}]")))
}

impl Parts {
    fn add(&mut self, name: &str, file: RuleFile, texts: Texts<'_>) -> Result<(), RuleBookError> {
        self.versions.push(format!("{}@{}", file.name, file.version));
        for rule in file.rules {
            insert(&mut self.rules, name, ("rule", texts), rule.id.clone(), rule)?;
        }
        for calendar in file.calendars {
            insert(&mut self.calendars, name, ("calendar", texts), calendar.name.clone(), calendar)?;
        }
        for state in file.states {
            insert(&mut self.states, name, ("state", texts), state.code.clone(), (name.to_owned(), state))?;
        }
        for (code, place) in file.area_codes {
            insert(&mut self.area_codes, name, ("area code", texts), code, (name.to_owned(), place))?;
        }
        self.caps.extend(file.caps.into_iter().map(|cap| (name.to_owned(), cap)));
        self.stacking.extend(file.stacking.into_iter().map(|rule| (name.to_owned(), rule)));
        self.carrier_blocks.extend(file.carrier_blocks);
        self.dms_flags.extend(file.dms_flags);
        put(&mut self.quiet_hours, name, "quiet_hours", file.quiet_hours)?;
        put(&mut self.relationship, name, "business_relationship", file.business_relationship)?;
        put(&mut self.registry, name, "registry", file.registry)?;
        put(&mut self.confirmation, name, "confirmation", file.confirmation)?;
        put(&mut self.clarification, name, "clarification", file.clarification)?;
        put(&mut self.abroad, name, "abroad", file.abroad)?;
        put(&mut self.revocation, name, "revocation", file.revocation)?;
        put(&mut self.location, name, "location", file.location)?;
        put(&mut self.strict, name, "strict", file.strict)?;
        put(&mut self.oral_consent, name, "oral_consent", file.oral_consent)?;
        put(&mut self.abandonment, name, "abandonment", file.abandonment)?;
        put(&mut self.email, name, "email", file.email)?;
        put(&mut self.reply, name, "reply", file.reply)?;
        put(&mut self.priority, name, "priority", file.priority)?;
        put(&mut self.relevance, name, "relevance", file.relevance)
    }

    fn assemble(mut self, texts: Texts<'_>) -> Result<RuleBook, RuleBookError> {
        if self.rules.len() > usize::from(u16::MAX) {
            return Err(RuleBookError::in_file("rule book", "more than 65,535 rules"));
        }
        let rules: Vec<Rule> = core::mem::take(&mut self.rules).into_values().collect();
        let (_, location) = take(self.location, "location")?;
        if location.all_zones.is_empty() {
            return Err(RuleBookError::in_file("rule book", "[location] all_zones is empty"));
        }
        let names = Names {
            texts,
            rules: &rules,
            calendars: &self.calendars,
            clocks: Clocks::new(&location.all_zones, &location.territory_zones),
        };
        let named: Result<Vec<RuleRef>, RuleBookError> =
            Named::ALL.iter().map(|(_, id)| names.rule("rule book", "the code", id)).collect();
        let named = named?;
        let mut states = vec![];
        for (file, state) in self.states.into_values() {
            states.push(names.state(&file, state)?);
        }
        let state_places = state_places(&states)?;
        let find = |code: &str| {
            let place = states.binary_search_by(|state| state.code.as_str().cmp(code)).ok()?;
            u8::try_from(place).ok()
        };
        let area_codes = names.area_codes(self.area_codes, find)?;
        let (zip_file, zip_text) = take(self.zip_codes, "zip codes (a .txt file)")?;
        let (zip_codes, zip_version) = ZipTable::read(&zip_text, &names.clocks)
            .map_err(|(line, reason)| RuleBookError { file: zip_file, line: Some(line), reason })?;
        self.versions.push(format!("zip_codes@{zip_version}"));
        let version = PolicyVersion::new(self.versions.join("+"))
            .map_err(|error| RuleBookError::in_file("rule book", format!("names and versions: {error}")))?;
        let (oral_file, oral_consent) = take(self.oral_consent, "oral_consent")?;
        if let Some(unknown) = oral_consent.states.iter().find(|code| find(code).is_none()) {
            let reason = format!("[oral_consent] names state {unknown:?}, which no file has");
            return Err(texts.wrong(&oral_file, unknown, reason));
        }
        let (file, quiet) = take(self.quiet_hours, "quiet_hours")?;
        let quiet_hours = (names.rule(&file, "[quiet_hours]", &quiet.rule)?, quiet.window);
        let mut caps = vec![];
        for (file, cap) in self.caps {
            let rule = names.rule(&file, "a [[cap]]", &cap.rule)?;
            caps.push(HouseCap {
                rule,
                counts: cap.counts,
                purposes: cap.purposes,
                max: cap.max,
                hours: cap.hours,
            });
        }
        let (priority, stacking) = names.priority(take(self.priority, "priority")?, self.stacking)?;
        let relevance = names.relevance(take(self.relevance, "relevance")?)?;
        let clocks = names.clocks;
        Ok(RuleBook {
            version,
            rules,
            named,
            states,
            state_places,
            area_codes,
            zip_codes,
            no_state: location.no_state,
            clocks,
            quiet_hours,
            relationship: take(self.relationship, "business_relationship")?.1,
            registry: take(self.registry, "registry")?.1,
            confirmation: take(self.confirmation, "confirmation")?.1,
            clarification: take(self.clarification, "clarification")?.1,
            abroad: take(self.abroad, "abroad")?.1.area_codes,
            revocation: take(self.revocation, "revocation")?.1,
            strict: take(self.strict, "strict")?.1,
            oral_consent: oral_consent.states,
            abandonment: take(self.abandonment, "abandonment")?.1,
            email: take(self.email, "email")?.1,
            reply: take(self.reply, "reply")?.1,
            priority,
            caps,
            stacking,
            carrier_blocks: self.carrier_blocks,
            dms_flags: self.dms_flags,
            relevance,
        })
    }
}

fn state_places(states: &[StateRules]) -> Result<Vec<Option<u8>>, RuleBookError> {
    let mut places = vec![None; 26 * 26];
    for (place, state) in states.iter().enumerate() {
        let slot = match state.code.as_bytes() {
            &[first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => {
                places.get_mut(usize::from(first - b'A') * 26 + usize::from(second - b'A'))
            }
            _ => None,
        };
        let (Some(slot), Ok(place)) = (slot, u8::try_from(place)) else {
            return Err(RuleBookError::in_file(
                "rule book",
                format!("state {:?}: the code is not two capital letters", state.code),
            ));
        };
        *slot = Some(place);
    }
    Ok(places)
}

/// What names stand for.
struct Names<'a> {
    texts: Texts<'a>,
    rules: &'a [Rule],
    calendars: &'a BTreeMap<String, Calendar>,
    clocks: Clocks,
}

impl Names<'_> {
    fn rule(&self, file: &str, place: &str, id: &str) -> Result<RuleRef, RuleBookError> {
        self.rules
            .binary_search_by(|rule| rule.id.as_str().cmp(id))
            .ok()
            .and_then(|place| u16::try_from(place).ok())
            .map(RuleRef)
            .ok_or_else(|| {
                self.texts.wrong(file, id, format!("{place} names rule {id:?}, which no file has"))
            })
    }

    fn maybe_rule(
        &self,
        file: &str,
        place: &str,
        id: Option<&String>,
    ) -> Result<Option<RuleRef>, RuleBookError> {
        id.map(|id| self.rule(file, place, id)).transpose()
    }

    fn clocks_of(&self, file: &str, place: &str, zones: &[Tz]) -> Result<ClockSet, RuleBookError> {
        let mut clocks = ClockSet::default();
        for zone in zones {
            let clock = self.clocks.named(zone.name()).ok_or_else(|| {
                let zone = zone.name();
                self.texts.wrong(
                    file,
                    zone,
                    format!("{place} names zone {zone:?}, whose clock [location] has not"),
                )
            })?;
            clocks = clocks.with(clock);
        }
        Ok(clocks)
    }

    fn lifts(&self, file: &str, place: &str, lifts: &[LiftForm]) -> Result<Vec<Lift>, RuleBookError> {
        let kind = |lift: &LiftForm| match lift {
            LiftForm::Consent { .. } => LiftKind::Consent,
            LiftForm::BusinessRelationship { months, .. } => LiftKind::BusinessRelationship(*months),
            LiftForm::ItemBoughtHere { months, .. } => LiftKind::ItemBoughtHere(*months),
            LiftForm::DealerVehicleSale { .. } => LiftKind::DealerVehicleSale,
        };
        lifts
            .iter()
            .map(|lift| Ok(Lift { rule: self.rule(file, place, lift.rule())?, kind: kind(lift) }))
            .collect()
    }

    fn state(&self, file: &str, state: StateRulesForm) -> Result<StateRules, RuleBookError> {
        let place = format!("state {}", state.code);
        let mut hours = vec![];
        for form in &state.hours {
            hours.push(StateHours {
                rule: self.rule(file, &place, &form.rule)?,
                channels: Channels::of(&form.channels),
                mon_fri: form.mon_fri,
                saturday: form.saturday,
                sunday: form.sunday,
                also: self.clocks_of(file, &place, &form.also_zones)?,
                lifted_by: self.lifts(file, &place, &form.lifted_by)?,
            });
        }
        let mut holidays = vec![];
        for form in &state.holidays {
            let calendar = self.calendars.get(&form.calendar).ok_or_else(|| {
                self.texts.wrong(
                    file,
                    &form.calendar,
                    format!("{place} names calendar {:?}, which no file has", form.calendar),
                )
            })?;
            holidays.push(StateHolidays {
                rule: self.rule(file, &place, &form.rule)?,
                channels: Channels::of(&form.channels),
                dates: YearlyDates::of(calendar),
                window: form.window,
                lifted_by: self.lifts(file, &place, &form.lifted_by)?,
            });
        }
        let mut caps = vec![];
        for form in &state.caps {
            caps.push(StateCap {
                rule: self.rule(file, &place, &form.rule)?,
                channels: Channels::of(&form.channels),
                max: form.max,
                hours: form.hours,
                same_subject: form.same_subject,
                lifted_by: self.lifts(file, &place, &form.lifted_by)?,
            });
        }
        let optout_years = match &state.optout_years {
            Some(years) => Some((self.rule(file, &place, &years.rule)?, years.years)),
            None => None,
        };
        Ok(StateRules {
            clocks: self.clocks_of(file, &place, &state.zones)?,
            hours,
            holidays,
            caps,
            written_consent: self.maybe_rule(file, &place, state.written_consent.as_ref())?,
            emergency: self.maybe_rule(file, &place, state.emergency.as_ref())?,
            registry_reaches_texts: self.maybe_rule(file, &place, state.registry_reaches_texts.as_ref())?,
            optout_years,
            code: state.code,
            name: state.name,
        })
    }

    fn area_codes(
        &self,
        codes: BTreeMap<String, (String, file::AreaCode)>,
        find: impl Fn(&str) -> Option<u8>,
    ) -> Result<Vec<Option<Place>>, RuleBookError> {
        let mut places = vec![None; 1000];
        for (code, (file, area)) in codes {
            let wrong = |reason: String| self.texts.wrong(&file, &code, reason);
            let three = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
            let slot = code.parse::<usize>().ok().filter(|_| three).and_then(|at| places.get_mut(at));
            let Some(slot) = slot else {
                return Err(wrong(format!("area code {code:?} is not three digits")));
            };
            if area.zones.is_empty() {
                return Err(wrong(format!("area code {code} has no zones")));
            }
            let state =
                match &area.state {
                    Some(name) => Some(find(name).ok_or_else(|| {
                        wrong(format!("area code {code} lies in {name:?}, which is no state"))
                    })?),
                    None => None,
                };
            let clocks = self.clocks_of(&file, &format!("area code {code}"), &area.zones)?;
            *slot = Some(Place { state, clocks });
        }
        Ok(places)
    }

    fn priority(
        &self,
        (file, form): (String, file::Priority),
        stacking: Vec<(String, file::Stacking)>,
    ) -> Result<(Priority, Vec<Stacking>), RuleBookError> {
        let rule = self.rule(&file, "[priority]", &form.rule)?;
        let class = |file: &str, place: &str, name: &str| {
            let at = form.classes.iter().position(|class| class.name == name);
            at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
                self.texts.wrong(
                    file,
                    name,
                    format!("{place} names class {name:?}, which [priority] has not"),
                )
            })
        };
        let otherwise = class(&file, "[priority] otherwise", &form.otherwise)?;
        for name in &form.never_wait {
            class(&file, "[priority] never_wait", name)?;
        }
        let classes = form
            .classes
            .iter()
            .map(|class| Class {
                never_waits: form.never_wait.contains(&class.name),
                purposes: class.purposes.clone(),
                programs: class.programs.clone(),
            })
            .collect();
        let mut rules = vec![];
        for (file, form) in stacking {
            let after: Result<Vec<u8>, RuleBookError> =
                form.after.iter().map(|name| class(&file, "a [[stacking]] after", name)).collect();
            rules.push(Stacking {
                rule: self.rule(&file, "a [[stacking]]", &form.rule)?,
                hold: class(&file, "a [[stacking]] hold", &form.hold)?,
                after: after?,
                hours: form.hours,
            });
        }
        Ok((Priority { rule, spacing_hours: form.spacing_hours, classes, otherwise }, rules))
    }

    /// Every fact has its rule, and every programme an answer to every fact: what is left out would be guessed.
    fn relevance(&self, (file, form): (String, RelevanceTerms)) -> Result<Relevance, RuleBookError> {
        let wrong =
            |name: &str, reason: String| self.texts.wrong(&file, name, format!("[relevance] {reason}"));
        let mut rules = vec![];
        for fact in VehicleFact::ALL {
            let stated = form.facts.iter().find(|stated| stated.name == *fact);
            let stated =
                stated.ok_or_else(|| wrong("relevance", format!("has no fact {:?}", fact.as_str())))?;
            rules.push(self.rule(&file, "[relevance]", &stated.rule)?);
        }
        let mut rows: Vec<(Vec<fixedops_vocab::ProgramId>, Vec<Answer>)> = vec![];
        for row in form.rows {
            let name = row.programs.first().map(ToString::to_string).unwrap_or_default();
            if let Some(twice) = row.programs.iter().find(|p| rows.iter().any(|(known, _)| known.contains(p)))
            {
                return Err(wrong(&twice.to_string(), format!("programme {twice} has two rows")));
            }
            let mut answers = vec![];
            for fact in VehicleFact::ALL {
                answers.push(*row.answers.get(fact).ok_or_else(|| {
                    wrong(&name, format!("programme {name} has no answer to {:?}", fact.as_str()))
                })?);
            }
            rows.push((row.programs, answers));
        }
        Ok(Relevance { wait_hours: form.wait_hours, rules, rows })
    }
}
