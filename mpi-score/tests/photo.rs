//! Photos themselves: a copy is known however it was saved, and another photo is another.
#![cfg(feature = "photo")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_mpi_score::{EvidencePolicy, hash_photo};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, brighten, resize};
use image::{ExtendedColorType, RgbImage};

/// A made-up scene: blobs of light and shadow, a few edges, and the noise of a camera.
fn scene(seed: u64) -> RgbImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let blobs: Vec<[f32; 4]> =
        (0..7).map(|_| [next() * 640.0, next() * 480.0, 40.0 + next() * 160.0, next() * 2.0 - 1.0]).collect();
    let edges: Vec<[f32; 3]> = (0..3).map(|_| [next() * 2.0 - 1.0, next() * 480.0, next() - 0.5]).collect();
    RgbImage::from_fn(640, 480, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let mut light = 110.0;
        for [cx, cy, wide, height] in &blobs {
            let far = ((x - cx).powi(2) + (y - cy).powi(2)) / (wide * wide);
            light += 90.0 * height * (-far).exp();
        }
        for [slope, from, step] in &edges {
            light += if y > from + slope * x { 60.0 * step } else { 0.0 };
        }
        let noisy = (light + 12.0 * (next() - 0.5)).clamp(0.0, 255.0) as u8;
        image::Rgb([noisy, noisy.saturating_sub(8), noisy.saturating_sub(20)])
    })
}

fn jpeg(photo: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode(photo, photo.width(), photo.height(), ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[test]
fn a_copy_is_near_and_another_photo_is_far() {
    let near = EvidencePolicy::shipped().table().near_bits;
    let (mut copies, mut others) = (Vec::new(), Vec::new());
    let mut known = Vec::new();
    for seed in 1..=6 {
        let photo = scene(seed);
        let hash = hash_photo(&jpeg(&photo, 92)).unwrap();
        for copy in [
            jpeg(&photo, 40),
            jpeg(&resize(&photo, 320, 240, FilterType::Triangle), 80),
            jpeg(&brighten(&photo, 25), 80),
            jpeg(&resize(&photo, 1_280, 960, FilterType::CatmullRom), 70),
        ] {
            copies.push(hash.distance(hash_photo(&copy).unwrap()));
        }
        others.extend(known.iter().map(|&other| hash.distance(other)));
        known.push(hash);
    }
    others.sort_unstable();
    copies.sort_unstable();
    println!("copies: most {:?}; others: least {:?}", copies.last(), others.first());
    println!("copies {copies:?}");
    assert!(copies.iter().all(|&bits| bits <= near), "{copies:?}");
    let taken = others.iter().filter(|&&bits| bits <= near).count();
    assert!(taken == 0, "{taken} of {} other photos are taken for copies", others.len());
}

#[test]
fn what_is_no_photo_is_refused() {
    let photo = jpeg(&scene(1), 80);
    assert!(hash_photo(&photo[..100]).is_err());
    assert!(hash_photo(b"").is_err());
    // A PNG that claims to be 60,000 pixels wide is not decoded.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0".to_vec();
    png.extend([0; 8]);
    assert!(hash_photo(&png).is_err());
}
