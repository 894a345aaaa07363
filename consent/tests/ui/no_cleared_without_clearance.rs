use fixedops_consent::Cleared;

fn forge(message: String) -> Cleared<String> {
    Cleared { message }
}

fn take_out(cleared: Cleared<String>) -> String {
    cleared.message
}

fn main() {}
