use std::path::Path;
use std::process::{Command, Stdio};

use crate::lane::Lanes;

/// Names a Chromium goes by; the tests of the pages look for the same (`harness/tests/pages/chromium.rs`).
const NAMES: [&str; 4] = ["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"];
/// What Debian brings it with: the browser and a typeface to write in.
const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];

/// Why there is no browser for the tests of the pages, if so; brings one where this is Debian and we are root.
pub(crate) fn obstacle(lanes: &mut Lanes) -> Option<String> {
    if present() {
        return None;
    }
    if !Path::new("/etc/debian_version").exists() {
        return Some(format!("no Chromium here (looked for {})", NAMES.join(", ")));
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.starts_with(b"0"));
    if !root {
        return Some(format!(
            "no Chromium here, and not root to bring it: apt-get install {}",
            PACKAGES.join(" ")
        ));
    }
    let apt = |words: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        apt
    };
    let brought = lanes.bring("the list of Debian packages", &mut apt(&["update", "-q"]))
        && lanes.bring("Chromium", apt(&["install", "-q", "-y", "--no-install-recommends"]).args(PACKAGES));
    (!brought || !present()).then(|| format!("apt-get could not bring {}", PACKAGES.join(" and ")))
}

fn present() -> bool {
    let asked = std::env::var("FIXEDOPS_CHROMIUM").ok();
    let names = asked.iter().map(String::as_str).chain(NAMES);
    names.into_iter().any(|name| {
        let said = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        said.is_ok_and(|status| status.success())
    })
}
