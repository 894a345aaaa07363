//! What a message must say because of its channel, in each language, and the words that make an offer of it.
//!
//! These are checks on template files. They stand in code because a file that is checked cannot be the one that
//! relaxes the check.

use fixedops_vocab::Channel;

use crate::Language;

/// Fields that speak of money; a safety plan uses no template with one of them.
const MONEY: &[&str] = &["discount", "line_price", "offer_ends", "offer_name", "price_then"];

/// Parts of a text that make an offer of it.
const OFFER: &[&str] = &["discount", "coupon", "% off", "descuento", "cupón", "cupon", "$"];

/// Whole words that make an offer of a text, whatever its language.
const OFFER_WORDS: &[&str] = &[
    "bundle",
    "bundles",
    "deal",
    "deals",
    "offer",
    "offers",
    "price",
    "promo",
    "special",
    "specials",
    "upgrade",
    "upgrades",
    "ahorre",
    "ahorro",
    "oferta",
    "ofertas",
    "precio",
    "promoción",
    "rebaja",
];

/// Whole words that make an offer of an English text. In Spanish "sale" is the verb to go out.
const ENGLISH_OFFER_WORDS: &[&str] = &["sale", "save", "savings"];

/// What a message on `channel` must say in `language`: one phrase of each group, outside every condition.
///
/// Texts name the way out (CTIA, carriers; STOP and ALTO are both read by the reply grammar). Automated voices offer
/// the opt-out of 47 CFR 64.1200(b)(3), by key and by voice. A live script tells the advisor to note a wish not to be
/// called, because nobody else hears it.
pub(crate) const fn must_say(channel: Channel, language: Language) -> &'static [&'static [&'static str]] {
    match (channel, language) {
        (Channel::Sms | Channel::Mms, Language::English) => &[&["Reply STOP to opt out"]],
        (Channel::Sms | Channel::Mms, Language::Spanish) => {
            &[&["Responda STOP para no recibir más mensajes", "Responda ALTO para no recibir más mensajes"]]
        }
        (Channel::Email, _) => &[],
        (Channel::LiveCall, Language::English) => &[&["asks not to be called"]],
        (Channel::LiveCall, Language::Spanish) => &[&["pide que no le llamen"]],
        (Channel::AiCall | Channel::PrerecordedCall, Language::English) => &[&["press 9"], &["say stop"]],
        (Channel::AiCall | Channel::PrerecordedCall, Language::Spanish) => {
            &[&["oprima 9", "marque 9"], &["diga alto"]]
        }
    }
}

/// The fields a message on `channel` prints whatever is known: who writes and where to call back, and for an e-mail
/// the postal address and the way to unsubscribe (15 USC 7704(a)(5)).
pub(crate) const fn must_print(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Email => &["dealer_name", "dealer_phone", "postal_address", "unsubscribe_link"],
        _ => &["dealer_name", "dealer_phone"],
    }
}

/// The first of `fields`, or the first word of `text`, that speaks of money.
pub(crate) fn money(
    mut fields: impl Iterator<Item = &'static str>,
    text: &str,
    language: Language,
) -> Option<&'static str> {
    if let Some(field) = fields.find(|field| MONEY.contains(field)) {
        return Some(field);
    }
    let text = text.to_lowercase();
    let has_word = |word: &&&str| text.split(|c: char| !c.is_alphanumeric()).any(|spoken| spoken == **word);
    let english = ENGLISH_OFFER_WORDS.iter().filter(|_| language == Language::English);
    let part = OFFER.iter().find(|part| text.contains(**part));
    part.or_else(|| OFFER_WORDS.iter().chain(english).find(has_word)).copied()
}
