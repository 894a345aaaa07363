use std::borrow::Cow;

use crate::{FIELDS, RenderError};

/// What is known for one message: a value for each field that has one.
///
/// A value is one line of clean text. Line breaks, control characters and marks that turn the reading direction become
/// spaces, spaces are single, and nothing stands at either end; a value that is empty then is unknown. A link that is
/// no plain `http` or `https` address is unknown too, so that nothing else is ever made clickable.
///
/// ```
/// use fixedops_recovery::Fields;
/// let mut fields = Fields::new();
/// fields.set("vehicle", " 2019 Honda\nAccord ")?.set("book_link", "javascript:alert(1)")?;
/// assert_eq!(fields.get("vehicle"), Some("2019 Honda Accord"));
/// assert_eq!(fields.get("book_link"), None);
/// assert!(fields.set("favourite_colour", "red").is_err());
/// # Ok::<(), fixedops_recovery::RenderError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Fields<'a> {
    values: [Option<Cow<'a, str>>; FIELDS.len()],
}

impl<'a> Fields<'a> {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: [const { None }; FIELDS.len()] }
    }

    /// Sets a field; a value that is empty once clean makes it unknown.
    ///
    /// # Errors
    /// [`RenderError::UnknownField`] for a name that is none of [`FIELDS`].
    pub fn set(&mut self, name: &str, value: impl Into<Cow<'a, str>>) -> Result<&mut Self, RenderError> {
        let index = index(name).ok_or_else(|| RenderError::UnknownField(name.to_owned()))?;
        let value = clean(value.into());
        let fits = match name {
            _ if name.ends_with("_link") => is_link(&value),
            "unsubscribe_mail" => is_mail(&value),
            _ => !value.is_empty(),
        };
        if let Some(place) = self.values.get_mut(index) {
            *place = fits.then_some(value);
        }
        Ok(self)
    }

    /// The value of a field, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.at(index(name)?)
    }

    pub(crate) fn at(&self, index: usize) -> Option<&str> {
        self.values.get(index)?.as_deref()
    }
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Fields<'_> {
    /// The names of what is known; the values may name a person.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let known = FIELDS.iter().zip(&self.values).filter(|(_, value)| value.is_some());
        f.debug_set().entries(known.map(|(name, _)| name)).finish()
    }
}

/// The place of a field in [`FIELDS`].
pub(crate) fn index(name: &str) -> Option<usize> {
    FIELDS.binary_search(&name).ok()
}

/// One line of text without control characters, marks of direction and doubled spaces.
fn clean(value: Cow<'_, str>) -> Cow<'_, str> {
    // Printable ASCII with single spaces inside is the common case.
    let bytes = value.as_bytes();
    let plain = bytes.iter().all(|b| matches!(b, b' '..=b'~'));
    if plain
        && !bytes.starts_with(b" ")
        && !bytes.ends_with(b" ")
        && !bytes.windows(2).any(|pair| pair == b"  ")
    {
        return value;
    }
    let mut after_space = true;
    let clean = value.chars().all(|c| {
        let doubled = after_space && c == ' ';
        after_space = c == ' ';
        !doubled && !is_blank(c) && !is_hidden(c)
    });
    if clean && !after_space {
        return value;
    }
    let shown: String =
        value.chars().filter(|c| !is_hidden(*c)).map(|c| if is_blank(c) { ' ' } else { c }).collect();
    Cow::Owned(shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// White space and control characters other than the plain space.
fn is_blank(c: char) -> bool {
    c != ' ' && (c.is_control() || c.is_whitespace())
}

/// Characters nobody sees: zero width, and those that turn the reading direction.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn is_link(value: &str) -> bool {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{}|".contains(&b))
    })
}

fn is_mail(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"@.+-_".contains(&b);
    value
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
        && value.bytes().all(plain)
}
