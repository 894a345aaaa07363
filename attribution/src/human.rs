//! How likely a person opened a link, and not a scanner or a preview.
//!
//! Mail gateways and telephones open the links of a message before its reader does. [`HumanClicks`] adds up what can be
//! seen of an opening; the percent goes to [`TouchFact::human_click`](crate::TouchFact::human_click), where the policy's
//! `human_click_percent` decides whether the click is evidence. What was seen (the client's name, the network) stays with
//! whoever serves the link: only the percent and the signs leave it.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use fixedops_attribution::human::{HumanClicks, Opening, Sign};
//! let clicks = HumanClicks::shipped();
//! let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
//! let person = Opening { agent: Some(phone), seconds_since_sent: Some(900), script_ran: true, ..Opening::default() };
//! assert_eq!(clicks.score(&person).percent, 75);
//! let gateway = Opening { head_request: true, seconds_since_sent: Some(1), ..person };
//! let score = clicks.score(&gateway);
//! assert_eq!((score.percent, score.signs[0]), (0, Sign::HeadRequest));
//! # }
//! ```

use fixedops_vocab::PolicyVersion;

use crate::word::words;

/// What can be seen of one opening of a link. What is not known stays as in [`Opening::default`], where it says nothing,
/// but for a name the client does not give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Opening<'a> {
    /// It asked with HEAD.
    pub head_request: bool,
    /// What the client calls itself (User-Agent); `None` where it gives no name.
    pub agent: Option<&'a str>,
    /// Seconds since the message went out; `None` where nobody knows.
    pub seconds_since_sent: Option<u64>,
    /// Other links of the same message opened within the policy's seconds of this one.
    pub other_links: u32,
    /// It came from a network of servers, not from one of telephones or households.
    pub hosting_network: bool,
    /// It followed a link that no person can see.
    pub hidden_link: bool,
    /// The page was drawn: its script ran.
    pub script_ran: bool,
    /// Something was done on the page that asks with POST: a slot chosen, a line answered.
    pub acted: bool,
}

words! {
    /// What spoke for or against a person.
    #[non_exhaustive]
    Sign {
        /// It asked with HEAD.
        HeadRequest = "head_request",
        /// The client names itself a scanner, a preview or a library.
        MachineAgent = "machine_agent",
        /// The client gives no name.
        NoAgent = "no_agent",
        /// It came within seconds of the sending.
        AtOnce = "at_once",
        /// Several links of the message were opened together.
        SeveralLinks = "several_links",
        /// It came from a network of servers.
        HostingNetwork = "hosting_network",
        /// It followed a link no person can see.
        HiddenLink = "hidden_link",
        /// The page was drawn.
        ScriptRan = "script_ran",
        /// Something was done on the page.
        Acted = "acted",
    }
}

/// How likely a person opened the link, and what spoke for or against it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct HumanScore {
    /// From 0 to 100.
    pub percent: u8,
    /// The signs that applied, in the order of [`Sign::ALL`].
    pub signs: Vec<Sign>,
    /// The policy that weighed them.
    pub policy: PolicyVersion,
}

/// The points of each sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HumanClicks {
    version: PolicyVersion,
    start: u8,
    points: Vec<(Sign, i16)>,
    names: Vec<String>,
    at_once_seconds: u64,
    links: u32,
    links_within_seconds: u64,
}

impl HumanClicks {
    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Within how many seconds of an opening others of the same message count as [`Opening::other_links`].
    #[must_use]
    pub const fn links_within_seconds(&self) -> u64 {
        self.links_within_seconds
    }

    /// Weighs one opening. The same opening gives the same score.
    #[must_use]
    pub fn score(&self, opening: &Opening<'_>) -> HumanScore {
        let signs: Vec<Sign> =
            Sign::ALL.iter().copied().filter(|sign| self.applies(*sign, opening)).collect();
        let points = |sign: &Sign| self.points.iter().find(|(known, _)| known == sign).map_or(0, |(_, n)| *n);
        let sum = signs.iter().map(points).fold(i16::from(self.start), i16::saturating_add);
        let percent = u8::try_from(sum.clamp(0, 100)).unwrap_or(0);
        HumanScore { percent, signs, policy: self.version.clone() }
    }

    fn applies(&self, sign: Sign, opening: &Opening<'_>) -> bool {
        let agent = opening.agent.map(str::trim).filter(|agent| !agent.is_empty());
        match sign {
            Sign::HeadRequest => opening.head_request,
            Sign::MachineAgent => agent.is_some_and(|agent| {
                let agent = agent.to_lowercase();
                self.names.iter().any(|name| agent.contains(name.as_str()))
            }),
            Sign::NoAgent => agent.is_none(),
            Sign::AtOnce => opening.seconds_since_sent.is_some_and(|seconds| seconds < self.at_once_seconds),
            Sign::SeveralLinks => opening.other_links >= self.links,
            Sign::HostingNetwork => opening.hosting_network,
            Sign::HiddenLink => opening.hidden_link,
            Sign::ScriptRan => opening.script_ran,
            Sign::Acted => opening.acted,
        }
    }
}

/// Why a policy of clicks was refused.
#[cfg(feature = "serde")]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HumanClicksError {
    /// It does not read: the reader's own words, with line and reason.
    #[error("{0}")]
    Unreadable(#[from] toml::de::Error),
    /// A sign has no source.
    #[error("{0} has no source")]
    NoSource(&'static str),
    /// A value is out of its bounds.
    #[error("{0} must be {1}")]
    OutOfBounds(&'static str, &'static str),
}

#[cfg(feature = "serde")]
mod file {
    use super::{HumanClicks, HumanClicksError, PolicyVersion, Sign};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        version: PolicyVersion,
        start: Start,
        head_request: Points,
        machine_agent: Names,
        no_agent: Points,
        at_once: Within,
        several_links: Links,
        hosting_network: Points,
        hidden_link: Points,
        script_ran: Points,
        acted: Points,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Start {
        value: u8,
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Points {
        points: i16,
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Names {
        points: i16,
        names: Vec<String>,
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Within {
        points: i16,
        within_seconds: u64,
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Links {
        points: i16,
        within_seconds: u64,
        links: u32,
        source: String,
    }

    impl HumanClicks {
        /// This project's own points, as shipped.
        #[must_use]
        #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
        pub fn shipped() -> Self {
            Self::from_toml(include_str!("../policies/human_click.toml"))
                .expect("the shipped policy is read by a test")
        }

        /// Points of your own: for each sign a table with `points` and `source`.
        ///
        /// # Errors
        /// [`HumanClicksError`], naming the place: an unknown, missing or ill-typed key with its line, a sign without
        /// source, a value out of range.
        pub fn from_toml(text: &str) -> Result<Self, HumanClicksError> {
            let file: File = toml::from_str(text)?;
            let signs = [
                (Sign::HeadRequest, file.head_request.points, &file.head_request.source),
                (Sign::MachineAgent, file.machine_agent.points, &file.machine_agent.source),
                (Sign::NoAgent, file.no_agent.points, &file.no_agent.source),
                (Sign::AtOnce, file.at_once.points, &file.at_once.source),
                (Sign::SeveralLinks, file.several_links.points, &file.several_links.source),
                (Sign::HostingNetwork, file.hosting_network.points, &file.hosting_network.source),
                (Sign::HiddenLink, file.hidden_link.points, &file.hidden_link.source),
                (Sign::ScriptRan, file.script_ran.points, &file.script_ran.source),
                (Sign::Acted, file.acted.points, &file.acted.source),
            ];
            for (sign, points, source) in &signs {
                if source.trim().is_empty() {
                    return Err(HumanClicksError::NoSource(sign.as_str()));
                }
                if !(-100..=100).contains(points) {
                    return Err(HumanClicksError::OutOfBounds(sign.as_str(), "from -100 to 100 points"));
                }
            }
            if file.start.source.trim().is_empty() {
                return Err(HumanClicksError::NoSource("start"));
            }
            if file.start.value > 100 {
                return Err(HumanClicksError::OutOfBounds("start", "at most 100"));
            }
            if file.several_links.links == 0 {
                return Err(HumanClicksError::OutOfBounds("several_links.links", "at least 1"));
            }
            let plain = |name: &String| !name.trim().is_empty() && *name == name.to_lowercase();
            if !file.machine_agent.names.iter().all(plain) {
                return Err(HumanClicksError::OutOfBounds(
                    "machine_agent.names",
                    "words in small letters, none of them empty",
                ));
            }
            Ok(Self {
                version: file.version,
                start: file.start.value,
                points: signs.iter().map(|(sign, points, _)| (*sign, *points)).collect(),
                names: file.machine_agent.names,
                at_once_seconds: file.at_once.within_seconds,
                links: file.several_links.links,
                links_within_seconds: file.several_links.within_seconds,
            })
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;
    use crate::Policy;

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1";

    fn seen() -> Opening<'static> {
        Opening { agent: Some(PHONE), seconds_since_sent: Some(600), ..Opening::default() }
    }

    #[test]
    fn machines_are_told_from_persons_and_the_signs_say_why() {
        let renderer = "Mozilla/5.0 (X11; Linux x86_64) Chrome/56.0 Safari/537.36 Google-PageRenderer Google";
        let clicks = HumanClicks::shipped();
        let counts = Policy::shipped().rules().human_click_percent;
        for (case, opening, person, signs) in [
            ("a telephone, ten minutes later", seen(), true, &[][..]),
            ("and the page was drawn", Opening { script_ran: true, ..seen() }, true, &[Sign::ScriptRan]),
            (
                "a preview names itself",
                Opening { agent: Some(renderer), ..seen() },
                false,
                &[Sign::MachineAgent],
            ),
            (
                "a gateway asks with HEAD",
                Opening { head_request: true, ..seen() },
                false,
                &[Sign::HeadRequest],
            ),
            ("no name", Opening { agent: Some(" "), ..seen() }, false, &[Sign::NoAgent]),
            ("within a second", Opening { seconds_since_sent: Some(1), ..seen() }, false, &[Sign::AtOnce]),
            ("ten seconds later", Opening { seconds_since_sent: Some(10), ..seen() }, true, &[]),
            ("every link of the message", Opening { other_links: 3, ..seen() }, false, &[Sign::SeveralLinks]),
            ("one other link", Opening { other_links: 1, ..seen() }, true, &[]),
            (
                "a link nobody sees",
                Opening { hidden_link: true, script_ran: true, ..seen() },
                false,
                &[Sign::HiddenLink, Sign::ScriptRan],
            ),
            (
                "a server that only fetches",
                Opening { hosting_network: true, ..seen() },
                false,
                &[Sign::HostingNetwork],
            ),
            (
                "a person behind a relay chose a slot",
                Opening { hosting_network: true, acted: true, ..seen() },
                true,
                &[Sign::HostingNetwork, Sign::Acted],
            ),
        ] {
            let score = clicks.score(&opening);
            assert_eq!(score.percent >= counts, person, "{case}: {score:?}");
            assert_eq!(score.signs, signs, "{case}");
            assert_eq!(score.policy.to_string(), "human-click/1", "{case}");
        }
    }

    #[test]
    fn no_opening_leaves_nought_to_a_hundred() {
        let clicks = HumanClicks::shipped();
        for bits in 0..64_u32 {
            let bit = |n: u32| bits & (1 << n) != 0;
            let opening = Opening {
                head_request: bit(0),
                agent: if bit(1) { Some("curl/8") } else { None },
                seconds_since_sent: bit(2).then_some(0),
                other_links: if bit(3) { 9 } else { 0 },
                hosting_network: bit(4),
                hidden_link: bit(5),
                script_ran: bit(0),
                acted: bit(1),
            };
            assert!(clicks.score(&opening).percent <= 100, "{opening:?}");
        }
        let best = Opening { script_ran: true, acted: true, ..seen() };
        assert_eq!(clicks.score(&best).percent, 100);
    }

    #[test]
    fn a_policy_that_cannot_be_is_refused() {
        let shipped = include_str!("../policies/human_click.toml");
        for (from, to, fault) in [
            ("points = 15", "points = 150", "script_ran"),
            ("value = 60", "value = 101", "start"),
            ("links = 2", "links = 0", "several_links.links"),
            ("\"curl\"", "\"Curl\"", "small letters"),
            ("[acted]\npoints = 40", "[acted]\npoints = 40\nweight = 1", "weight"),
            ("[script_ran]", "[scripts]", "scripts"),
            (
                "source = \"decision of this project: every browser names itself\"",
                "source = \" \"",
                "no_agent",
            ),
        ] {
            let broken = shipped.replacen(from, to, 1);
            assert_ne!(broken, shipped, "{from}");
            let error = HumanClicks::from_toml(&broken).unwrap_err().to_string();
            assert!(error.contains(fault), "{to}: {error}");
        }
    }
}
