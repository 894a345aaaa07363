use fixedops_consent::Clearance;

fn twice(clearance: Clearance) -> (Clearance, Clearance) {
    (clearance.clone(), clearance)
}

fn main() {}
