use core::fmt;

use fixedops_vocab::{Channel, ConsentLevel};
use serde::{Deserialize, Serialize};

use super::Language;
use crate::{ContentDigest, Signature};

/// What a tablet, a page, a clerk or a text conversation recorded of a consent, as it came in: nothing in it is
/// checked yet. The JSON form is that of the fields; unknown fields are refused.
///
/// `Debug` hides the number, the address, the IP address and the user agent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// Which words were shown.
    pub disclosure: Shown,
    /// The language of the page or sheet around them.
    pub page_language: Language,
    /// SHA-256 of the page as it was rendered, of the scanned sheet, or of the two text messages.
    #[serde(default)]
    pub page_digest: Option<ContentDigest>,
    /// Where it was taken down.
    pub place: Place,
    /// What it is to count as.
    pub level: ConsentLevel,
    /// For which channels.
    pub channels: Vec<Channel>,
    /// How the box stood before the person did anything.
    #[serde(default)]
    pub r#box: TickBox,
    /// What the person did.
    pub act: Act,
    /// Whether the purchase or the visit could not go on without it; absent means nobody said.
    #[serde(default)]
    pub condition_of_purchase: Option<bool>,
    /// When the person did it: RFC 3339 with an offset.
    pub at: String,
    /// The telephone number as it was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The number as it was entered a second time, or read back and confirmed; for a text message the sender's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_confirmed: Option<String>,
    /// The e-mail address as it was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The seller the consent is given to, by id.
    #[serde(default)]
    pub seller: Option<String>,
    /// The campaign or occasion, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Who of the staff was there, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The IP address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The browser or device, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A field that is not listed does not compile.
        let Self {
            disclosure,
            page_language,
            page_digest,
            place,
            level,
            channels,
            r#box,
            act,
            condition_of_purchase,
            at,
            number: _,
            number_confirmed: _,
            email: _,
            seller,
            campaign,
            staff: _,
            ip: _,
            user_agent: _,
        } = self;
        f.debug_struct("Capture")
            .field("disclosure", disclosure)
            .field("page_language", page_language)
            .field("page_digest", page_digest)
            .field("place", place)
            .field("level", level)
            .field("channels", channels)
            .field("box", r#box)
            .field("act", act)
            .field("condition_of_purchase", condition_of_purchase)
            .field("at", at)
            .field("seller", seller)
            .field("campaign", campaign)
            .finish_non_exhaustive()
    }
}

impl Capture {
    /// The private part, as one text: what the person store keeps of it. Customer data.
    ///
    /// Its keyed digest stands in the journal ([`super::Grant::with_private_digest`]), so that nobody can change it
    /// afterwards; erase it, and the digest says nothing.
    #[must_use]
    pub fn private_text(&self) -> String {
        let Self { number, number_confirmed, email, ip, user_agent, staff, at, .. } = self;
        let parts = [
            ("at", Some(at)),
            ("email", email.as_ref()),
            ("ip", ip.as_ref()),
            ("number", number.as_ref()),
            ("number_confirmed", number_confirmed.as_ref()),
            ("staff", staff.as_ref()),
            ("user_agent", user_agent.as_ref()),
        ];
        let kept =
            parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.clone().into())));
        serde_json::Value::Object(kept.collect()).to_string()
    }
}

/// The words that were shown, by name and by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Which text.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its language.
    pub language: Language,
    /// SHA-256 of the words as they stood there, the seller's name filled in.
    pub digest: ContentDigest,
}

/// Where a consent was taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// The store's tablet.
    Tablet,
    /// A web page.
    Web,
    /// A sheet of paper.
    Paper,
    /// A conversation by text message.
    Sms,
    /// On the telephone, or face to face without a writing.
    Spoken,
}

/// How the box stood before the person did anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TickBox {
    /// There was none.
    #[default]
    Absent,
    /// It stood empty.
    Unticked,
    /// It was ticked beforehand: no act of the person's.
    PreTicked,
}

/// What the person did to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// Ticked the box.
    Tick,
    /// Pressed a button that says so.
    Button,
    /// Typed the name.
    TypedName,
    /// Drew a signature on the screen.
    DrawnSignature,
    /// Answered a text message with the word it asked for.
    SmsKeyword,
    /// Signed with a pen.
    Pen,
    /// Said so.
    Spoken,
    /// Nothing: went on, or stayed silent.
    None,
}

impl Act {
    /// Every act, in order.
    pub const ALL: &'static [Self] = &[
        Self::Tick,
        Self::Button,
        Self::TypedName,
        Self::DrawnSignature,
        Self::SmsKeyword,
        Self::Pen,
        Self::Spoken,
        Self::None,
    ];

    /// The kind of signature it is; `None` where nothing was done.
    #[must_use]
    pub const fn signature(self) -> Option<Signature> {
        match self {
            Self::Tick | Self::Button | Self::TypedName | Self::DrawnSignature => {
                Some(Signature::EsignCheckbox)
            }
            Self::SmsKeyword => Some(Signature::EsignSmsReply),
            Self::Pen => Some(Signature::WetInk),
            Self::Spoken => Some(Signature::Verbal),
            Self::None => None,
        }
    }

    /// Whether such an act can happen there.
    pub(super) const fn fits(self, place: Place) -> bool {
        match self {
            Self::Tick | Self::Button | Self::TypedName | Self::DrawnSignature => {
                matches!(place, Place::Tablet | Place::Web)
            }
            Self::SmsKeyword => matches!(place, Place::Sms),
            Self::Pen => matches!(place, Place::Paper),
            Self::Spoken | Self::None => true,
        }
    }
}
