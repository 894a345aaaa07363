use core::fmt;
use core::str::FromStr;

/// What a photo looks like, in 64 bits: near-identical photos differ in few of them.
///
/// This crate compares hashes; the feature `photo` also makes them. Written as 16 hexadecimal digits.
///
/// ```
/// use fixedops_mpi_score::ImageHash;
/// let one: ImageHash = "00ff00ff00ff00ff".parse()?;
/// let other: ImageHash = "00ff00ff00ff00fe".parse()?;
/// assert_eq!(one.distance(other), 1);
/// assert!("a photo".parse::<ImageHash>().is_err());
/// # Ok::<(), fixedops_mpi_score::ImageHashError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ImageHash(u64);

/// Why text is no hash of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 16 hexadecimal digits")]
pub struct ImageHashError;

impl ImageHash {
    /// A hash from its bits.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// In how many bits two photos differ, of 64.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl FromStr for ImageHash {
    type Err = ImageHashError;
    fn from_str(text: &str) -> Result<Self, ImageHashError> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ImageHashError);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| ImageHashError)
    }
}

impl TryFrom<String> for ImageHash {
    type Error = ImageHashError;
    fn try_from(text: String) -> Result<Self, ImageHashError> {
        text.parse()
    }
}

impl From<ImageHash> for String {
    fn from(hash: ImageHash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for ImageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for ImageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
