use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use fixedops_consent::{
    Confidence, ContactFacts, ContentDigest, Decided, Decision, ReadVersions, Request, RuleBook,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey, VehicleId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, SetAside};
use crate::whole_file::WholeFile;

/// Longest line that is read, in bytes; a longer one is set aside, so that no file fills the memory.
const LONGEST_LINE: u64 = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// `consent decide`.
#[derive(clap::Args, Debug)]
pub struct DecideArgs {
    /// Scenarios, one JSON object a line
    #[arg(long = "in", value_name = "S.jsonl")]
    pub input: PathBuf,
    /// Decisions to write, one JSON object a line, in the order of the scenarios
    #[arg(long = "out", value_name = "O.jsonl")]
    pub output: PathBuf,
    /// Stop at the first line that cannot be read
    #[arg(long)]
    pub strict: bool,
}

/// One scenario: instant, message, and facts, whose fields stand beside the others.
struct Scenario {
    now: DateTime<Utc>,
    message: Message,
    facts: ContactFacts,
}

#[derive(Deserialize)]
struct Message {
    channel: Channel,
    purpose: Purpose,
    #[serde(default)]
    program: Option<ProgramId>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    vehicle: Option<VehicleId>,
}

/// The shape of a line once more, for the one fault a JSON value cannot show: a field that stands twice.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read for its faults")]
struct Once {
    #[serde(default)]
    id: serde::de::IgnoredAny,
    now: serde::de::IgnoredAny,
    message: Message,
    #[serde(default)]
    recipient: fixedops_consent::Recipient,
    #[serde(default)]
    consents: Vec<fixedops_consent::Consent>,
    #[serde(default)]
    revocations: Vec<fixedops_consent::Revocation>,
    #[serde(default)]
    dnc: fixedops_consent::DncStatus,
    #[serde(default)]
    ebr: fixedops_consent::BusinessRelationship,
    #[serde(default)]
    history: Vec<fixedops_consent::Solicitation>,
    #[serde(default)]
    facts: fixedops_consent::Circumstances,
}

/// One line of the result; a scenario that cannot be read has an id, no outcome, and no reasons.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    outcome: Option<&'static str>,
    until: Option<String>,
    reasons: Vec<Reason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_book: Option<&'a str>,
}

#[derive(Serialize)]
struct Reason<'a> {
    rule: &'a str,
    citation: &'a str,
    effective: &'a str,
    confidence: Confidence,
    finding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// Decides every scenario with the rule book that ships; a line that cannot be read keeps its place.
pub fn decide(args: &DecideArgs) -> Result<Outcome, CommandError> {
    let shown = args.input.display();
    let input = File::open(&args.input)
        .map_err(|error| CommandError::failed(format!("cannot open {shown}: {error}")))?;
    let failed = |error: std::io::Error| {
        CommandError::failed(format!("cannot write {}: {error}", args.output.display()))
    };
    let mut output = BufWriter::new(WholeFile::create(&args.output)?);
    let book = RuleBook::shipped();
    let mut aside = SetAside::new(args.strict);
    let mut input = BufReader::new(input);
    let mut bytes = vec![];
    for number in 1_u64.. {
        let whole = next_line(&mut input, &mut bytes)
            .map_err(|error| CommandError::failed(format!("cannot read {shown}: {error}")))?;
        let Some(whole) = whole else { break };
        if number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value: Option<Value> = serde_json::from_slice(&bytes).ok();
        let id = value.as_ref().and_then(|value| value.get("id")).cloned().unwrap_or(Value::Null);
        let read = if whole { scenario(&bytes, value) } else { Err(too_long(&bytes)) };
        let line = match read {
            Ok(scenario) => {
                let decided =
                    fixedops_consent::decide(&scenario.facts, &request(&scenario)?, scenario.now, &book);
                written(&answer(&id, &decided))
            }
            Err(bad) => {
                aside.report(&args.input, number, &bad)?;
                let empty = Answer { id: &id, outcome: None, until: None, reasons: vec![], rule_book: None };
                written(&empty)
            }
        }?;
        writeln!(output, "{line}").map_err(failed)?;
    }
    output.into_inner().map_err(|error| failed(error.into_error()))?.finish(false)?;
    aside.finish();
    Ok(Outcome::Done)
}

/// Reads a line into `bytes`, at most [`LONGEST_LINE`] of it: the rest of a longer one is passed over, and `false`
/// says so. `None` at the end.
pub(super) fn next_line(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    bytes.clear();
    if input.by_ref().take(LONGEST_LINE).read_until(b'\n', bytes)? == 0 {
        return Ok(None);
    }
    if bytes.ends_with(b"\n") || (bytes.len() as u64) < LONGEST_LINE {
        return Ok(Some(true));
    }
    input.skip_until(b'\n')?;
    Ok(Some(false))
}

fn too_long(bytes: &[u8]) -> BadField {
    let start = bytes.get(..80).unwrap_or(bytes);
    BadField {
        field: "line",
        value: printable(&String::from_utf8_lossy(start)),
        reason: "longer than 1 MiB".to_owned(),
    }
}

fn written(answer: &Answer<'_>) -> Result<String, CommandError> {
    serde_json::to_string(answer)
        .map_err(|error| CommandError::failed(format!("cannot write a decision as JSON: {error}")))
}

/// Reads one line, and says which part of it cannot be read.
fn scenario(bytes: &[u8], value: Option<Value>) -> Result<Scenario, BadField> {
    let bad = |field, value: &str, reason: String| BadField { field, value: printable(value), reason };
    let text = String::from_utf8_lossy(bytes);
    let Some(value) = value else {
        let reason = match serde_json::from_slice::<Value>(bytes) {
            Err(error) => format!("not JSON: {error}"),
            Ok(_) => "not JSON".to_owned(),
        };
        return Err(bad("line", &text, reason));
    };
    let Value::Object(fields) = &value else {
        return Err(bad("line", &text, "not a JSON object".to_owned()));
    };
    let part = |field: &'static str| fields.get(field).cloned().unwrap_or(Value::Null);
    let of = |field: &'static str, error: serde_json::Error| {
        bad(field, &part(field).to_string(), error.to_string())
    };
    let now = serde_json::from_value(part("now")).map_err(|error| of("now", error))?;
    let message = serde_json::from_value(part("message")).map_err(|error| of("message", error))?;
    let mut facts = ContactFacts::default();
    macro_rules! read {
        ($($field:ident),+) => { $(
            if fields.contains_key(stringify!($field)) {
                facts.$field =
                    serde_json::from_value(part(stringify!($field))).map_err(|error| of(stringify!($field), error))?;
            }
        )+ };
    }
    read!(recipient, consents, revocations, dnc, ebr, history, facts);
    // Of a field that stands twice the value above has the last one only, and the first may be an opt-out.
    serde_json::from_slice::<Once>(bytes).map_err(|error| bad("line", &text, error.to_string()))?;
    Ok(Scenario { now, message, facts })
}

/// The first 40 characters, control characters escaped.
fn printable(text: &str) -> String {
    text.trim().chars().take(40).flat_map(char::escape_debug).collect()
}

fn request(scenario: &Scenario) -> Result<Request, CommandError> {
    let fixed = |error: fixedops_vocab::IdError| CommandError::failed(error.to_string());
    let message = &scenario.message;
    let program = match &message.program {
        Some(program) => program.clone(),
        None => ProgramId::new("scenario").map_err(fixed)?,
    };
    Ok(Request {
        // A scenario names no contact and carries no content: the decision does not look at them.
        contact: ContactHash::from_bytes([0; 32]),
        channel: message.channel,
        purpose: message.purpose,
        digest: ContentDigest::from_bytes([0; 32]),
        versions: ReadVersions::default(),
        key: TouchKey {
            case: CaseId::new("scenario").map_err(fixed)?,
            touch: TouchId::new("1").map_err(fixed)?,
        },
        program,
        subject: message.subject.clone(),
        vehicle: message.vehicle.clone(),
        contains_offer: false,
        competing: vec![],
    })
}

fn answer<'a>(id: &'a Value, decided: &'a Decided<'_>) -> Answer<'a> {
    let seconds = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let until = match &decided.decision {
        Decision::Defer(until) => Some(seconds(*until)),
        Decision::Allow(_) | Decision::Deny => None,
    };
    let reasons = decided
        .findings
        .iter()
        .map(|finding| Reason {
            rule: &finding.rule.id,
            citation: &finding.rule.citation,
            effective: &finding.rule.effective,
            confidence: finding.rule.confidence,
            finding: finding.effect.as_str(),
            until: finding.until.map(seconds),
            detail: finding.detail,
        })
        .collect();
    Answer {
        id,
        outcome: Some(decided.decision.as_str()),
        until,
        reasons,
        rule_book: Some(decided.rule_book.as_str()),
    }
}
