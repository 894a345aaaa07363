use fixedops_consent::{Clearance, ContentDigest, ReadVersions};

fn main() {
    let _ = Clearance { digest: ContentDigest::from_bytes([0; 32]), versions: ReadVersions::default() };
}
