use chrono::{DateTime, Utc};
use fixedops_consent::{Clearance, Sealable};

fn twice<M: Sealable>(clearance: Clearance, first: M, second: M, now: DateTime<Utc>) {
    let _first = clearance.seal(first, now);
    let _second = clearance.seal(second, now);
}

fn main() {}
