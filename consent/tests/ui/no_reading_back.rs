use fixedops_consent::{Clearance, Cleared};

fn is_read<T: for<'a> serde::Deserialize<'a>>() {}
fn is_written<T: serde::Serialize>() {}
fn is_made<T: Default>() {}

fn main() {
    is_read::<Clearance>();
    is_written::<Clearance>();
    is_made::<Clearance>();
    is_read::<Cleared<String>>();
    is_made::<Cleared<String>>();
}
