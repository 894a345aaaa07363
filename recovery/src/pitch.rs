use fixedops_vocab::Purpose;

/// A discount on the line a touch is about: a whole percentage, 1 to 99.
///
/// ```
/// use fixedops_recovery::Offer;
/// assert_eq!(Offer::percent_off(10).map(Offer::percent), Some(10));
/// assert_eq!(Offer::percent_off(100), None, "free is not an offer");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "StoredOffer", into = "StoredOffer"))]
pub struct Offer(u8);

impl Offer {
    /// So many percent off that line; `None` outside 1 to 99.
    #[must_use]
    pub const fn percent_off(percent: u8) -> Option<Self> {
        if percent >= 1 && percent <= 99 { Some(Self(percent)) } else { None }
    }

    /// The percentage.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOffer {
    percent_off: u8,
}

#[cfg(feature = "serde")]
impl TryFrom<StoredOffer> for Offer {
    type Error = &'static str;
    fn try_from(stored: StoredOffer) -> Result<Self, Self::Error> {
        Self::percent_off(stored.percent_off).ok_or("percent_off is not between 1 and 99")
    }
}

#[cfg(feature = "serde")]
impl From<Offer> for StoredOffer {
    fn from(offer: Offer) -> Self {
        Self { percent_off: offer.0 }
    }
}

/// What a touch may say about money: a recall is never an offer, so its variant has no room for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle both")]
pub enum Pitch {
    /// Service work: may carry an offer.
    Service {
        /// What the message is for; the loader lets no recall in here.
        purpose: Purpose,
        /// The offer, if there is one.
        offer: Option<Offer>,
    },
    /// Safety recall: a free remedy, no price, no discount, no bundle.
    Safety,
}

impl Pitch {
    /// What the message is for.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Service { purpose, .. } => purpose,
            Self::Safety => Purpose::Recall,
        }
    }

    /// The offer, if there is one.
    #[must_use]
    pub const fn offer(self) -> Option<Offer> {
        match self {
            Self::Service { offer, .. } => offer,
            Self::Safety => None,
        }
    }
}
