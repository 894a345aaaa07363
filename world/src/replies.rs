//! What customers write back.

use serde::Deserialize;

use crate::draw::Draw;

/// To whom a reply fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fits {
    OptingOut,
    Anyone,
    DoneElsewhere,
    Booked,
    Sold,
    NumberOfAnother,
}

/// Replies of one meaning.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intent {
    pub(crate) name: String,
    pub(crate) fits: Fits,
    pub(crate) weight: u32,
    pub(crate) texts: Vec<String>,
}

/// All replies.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replies {
    pub(crate) version: String,
    #[serde(rename = "intent")]
    pub(crate) intents: Vec<Intent>,
}

impl Replies {
    /// The shipped ones; a test reads them.
    pub(crate) fn shipped() -> Self {
        toml::from_str(include_str!("../replies.toml")).unwrap_or_default()
    }

    /// A reply of one whom all of `fits` fit: what it means, and the words.
    pub(crate) fn reply(&self, fits: &[Fits], draw: Draw) -> Option<(&str, &str)> {
        let fitting = self.intents.iter().filter(|intent| fits.contains(&intent.fits));
        let intent = draw.weighted(fitting.map(|intent| (intent, intent.weight)), "intent", 0)?;
        let text = draw.pick(&intent.texts, "reply text", 0)?;
        Some((&intent.name, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_replies_read_and_every_meaning_has_words() {
        let replies: Replies = toml::from_str(include_str!("../replies.toml")).unwrap();
        assert!(!replies.version.is_empty());
        assert!(replies.intents.len() >= 12);
        assert!(replies.intents.iter().all(|intent| intent.texts.len() >= 3 && intent.weight > 0));
    }

    #[test]
    fn who_opts_out_says_so_in_many_ways() {
        let replies = Replies::shipped();
        let said: std::collections::BTreeSet<&str> = (0..200)
            .filter_map(|seed| replies.reply(&[Fits::OptingOut], Draw::new("t", seed, 0)))
            .map(|(meaning, text)| {
                assert_eq!(meaning, "opt_out");
                text
            })
            .collect();
        assert!(said.len() > 12, "{said:?}");
    }
}
