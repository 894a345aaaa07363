use std::io::Cursor;

use image::ImageReader;
use image_hasher::{HashAlg, HasherConfig};

use crate::ImageHash;

/// No side of a photo is longer than this many pixels.
const LONGEST: u32 = 20_000;
/// Decoding takes no more memory than this many bytes.
const MEMORY: u64 = 512 * 1024 * 1024;

/// Why a photo has no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// The bytes are no JPEG or PNG.
    #[error("is no JPEG or PNG")]
    Unreadable,
}

/// What a photo (JPEG or PNG) looks like: on 9 by 8 points of grey, whether each is darker than its right neighbour
/// (the gradient hash of crate `image_hasher`). Size, compression and brightness change few of its 64 bits.
///
/// ```
/// assert!(fixedops_mpi_score::hash_photo(b"no photo").is_err());
/// ```
///
/// # Errors
/// [`PhotoError`] where the bytes are no such photo, or one beyond 20,000 pixels a side or half a gigabyte decoded.
pub fn hash_photo(bytes: &[u8]) -> Result<ImageHash, PhotoError> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PhotoError::Unreadable)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let photo = reader.decode().map_err(|_| PhotoError::Unreadable)?;
    let hasher =
        HasherConfig::with_bytes_type::<[u8; 8]>().hash_alg(HashAlg::Gradient).hash_size(8, 8).to_hasher();
    let bytes = hasher.hash_image(&photo);
    let bytes = <[u8; 8]>::try_from(bytes.as_bytes()).map_err(|_| PhotoError::Unreadable)?;
    Ok(ImageHash::new(u64::from_be_bytes(bytes)))
}
