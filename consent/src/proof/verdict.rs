use core::fmt;

use fixedops_vocab::ContactHash;

use super::bundle::Bundle;
use crate::ContentDigest;

/// A link that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Which kind of link.
    pub kind: BreakKind,
    /// The stream; ids of persons and households are left out.
    pub stream: Option<String>,
    /// The version in it.
    pub version: Option<u64>,
    /// What is wrong, in plain words, without customer data.
    pub what: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind)?;
        if let Some(stream) = &self.stream {
            write!(f, "{stream}")?;
            if let Some(version) = self.version {
                write!(f, " version {version}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// What kind of link is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum BreakKind { $($(#[$doc])* $variant),+ }

        impl BreakKind {
            /// Every kind, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the command line and in the page.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

kinds! {
    /// The digest of the bundle is not that of its content: something was changed after it was made.
    BundleDigest = "bundle_digest",
    /// Its digest is not the one that was kept elsewhere when it was made.
    OtherDigest = "digest_differs_from_kept",
    /// Format or notice are not those of a bundle.
    Form = "form",
    /// The hash of an event does not follow from the one before it.
    ChainMismatch = "chain_mismatch",
    /// A version is missing.
    VersionGap = "version_gap",
    /// A version stands twice, or out of order.
    VersionTwice = "version_twice",
    /// The stream ends before, or elsewhere than, its stated head.
    Truncated = "truncated",
    /// A stream that events name is not in the bundle.
    StreamAbsent = "stream_absent",
    /// A stream is in the bundle twice, or is none of this contact's.
    StreamForeign = "stream_foreign",
    /// An event was recorded before the one it follows.
    TimeBackwards = "time_backwards",
    /// It happened after it was recorded, a report came before what it reports on, or the bundle is older than its events.
    TimeImpossible = "time_impossible",
    /// The data of an event do not read, or its type is none that a stream of its kind holds.
    EventUnreadable = "event_unreadable",
    /// An event of this contact's stream names another contact.
    OtherContact = "other_contact",
    /// The number in clear is not the one the contact's hash stands for.
    NumberNotBound = "number_not_bound",
    /// What the person store has is not what the journal committed to, or nothing commits to it.
    PrivateDiffers = "private_differs",
    /// Personal data are shown of a person who was erased.
    ErasedButShown = "erased_but_shown",
    /// The words of a disclosure are not those of its digest, its version, or its elements.
    DisclosureText = "disclosure_text",
    /// A grant says two things about itself.
    GrantContradicts = "grant_contradicts",
    /// A message claims a consent that is not in the stream.
    GrantAbsent = "grant_absent",
    /// A message claims a consent that was given or recorded after it.
    ConsentLater = "consent_later_than_send",
    /// A message went out without a clearance.
    SendWithoutClearance = "send_without_clearance",
    /// A message went out twice.
    SentTwice = "sent_twice",
    /// What went out is not what was cleared.
    SendDiffers = "send_differs_from_clearance",
    /// A message went out more than five seconds after its clearance.
    ClearanceExpired = "clearance_expired",
    /// A message was cleared after a revocation that forbids it.
    SendAfterRevocation = "send_after_revocation",
    /// An opt-out was heard, or acted on, and is not in the stream of the contact.
    RevocationAbsent = "revocation_absent",
    /// A revocation landed between clearance and send, and the send does not say so; or it says so and none did.
    CrossedRevocation = "crossed_revocation_wrong",
    /// A second confirmation of an opt-out.
    SecondConfirmation = "second_confirmation",
    /// It was cleared at a version that is not there.
    ReadVersionAbsent = "read_version_absent",
    /// It was cleared at versions that the streams contradict: something stood in between.
    ReadVersionContradicts = "read_version_contradicts",
    /// A clearance is not counted with the person or the household as what it is, or a count has no clearance.
    NotCounted = "clearance_not_counted",
    /// The decision says no, and it was cleared.
    DeniedButCleared = "denied_but_cleared",
    /// The decision says no, and it was sent.
    DeniedButSent = "denied_but_sent",
    /// The decision, taken again from the streams, says no.
    RetakenDenies = "retaken_denies",
    /// The rules of a decision are not those of the rule book, or not those it comes to when it is taken again.
    FindingsDiffer = "findings_differ",
    /// A report about a message that nobody cleared.
    ReportOfNothing = "report_of_nothing",
    /// The account is not the one that the streams give.
    AccountDiffers = "account_differs",
    /// A local time or a zone is not what the instant, the evidence and the rule book give.
    PlaceWrong = "place_wrong",
    /// The retention table is not what the streams give.
    RetentionDiffers = "retention_differs",
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a verification came to.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every broken link, in the order they are looked for.
    pub breaks: Vec<Break>,
    /// What could not be checked, or is worth knowing, in plain words.
    pub remarks: Vec<String>,
    /// Events whose hash was computed.
    pub events: usize,
    /// Clearances judged.
    pub clearances: usize,
    /// Decisions taken again.
    pub retaken: usize,
    /// Decisions that were not: they were taken under another rule book than the one at hand.
    pub not_retaken: usize,
    /// Whether the number was recomputed under the key.
    pub number_checked: bool,
    /// Words and private parts held against the journal's commitments under the key.
    pub words_checked: usize,
    /// Words and private parts that are shown and were not, for want of the key.
    pub words_unchecked: usize,
}

impl Verdict {
    /// Whether every link that was looked at holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.breaks.is_empty()
    }

    /// Whether every decision was taken again. Where this is not so, a bundle that holds is not fully checked.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.not_retaken == 0
    }

    /// Holds the bundle against the digest that was kept with somebody else when it was made.
    pub fn hold_against(&mut self, bundle: &Bundle, kept: ContentDigest) {
        if bundle.digest != kept {
            let what = format!("its digest is {}, another than the one that was kept", bundle.digest);
            self.add(BreakKind::OtherDigest, None, None, what);
        }
    }

    pub(super) fn add(
        &mut self,
        kind: BreakKind,
        stream: Option<&str>,
        version: Option<u64>,
        what: impl AsRef<str>,
    ) {
        self.breaks.push(Break { kind, stream: stream.map(shown), version, what: clean(what.as_ref()) });
    }

    pub(super) fn remark(&mut self, what: impl AsRef<str>) {
        self.remarks.push(clean(what.as_ref()));
    }
}

/// The name of a stream as messages may show it. Ids of persons and households are their systems' own, and what does
/// not read as a contact's hash may be anything.
pub(super) fn shown(stream: &str) -> String {
    match stream.split_once('/') {
        Some(("contact", id)) if id.parse::<ContactHash>().is_ok() => stream.to_owned(),
        Some((kind @ ("contact" | "person" | "household" | "dms"), _)) => format!("{kind}/***"),
        _ => "a stream of another kind".to_owned(),
    }
}

/// An id out of a rule book or an event's type, as messages may show it.
pub(super) fn id_word(id: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !id.is_empty() && id.len() <= 64 && id.bytes().all(plain) { id } else { "(an id that does not read)" }
}

/// Text for a terminal: nothing in it moves the cursor or turns the direction of writing.
fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}
