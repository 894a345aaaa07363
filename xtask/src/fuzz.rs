use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lane::Lanes;
use crate::workspace::{Workspace, cargo};

/// The version tried here.
const CARGO_FUZZ: &str = "0.13.2";

/// Runs every target of `fuzz/` for so many seconds each. What a target finds is a failure, and lies in `fuzz/artifacts`.
pub(crate) fn run(seconds: u32) -> Result<(), String> {
    let workspace = Workspace::read()?;
    let mut lanes = Lanes::default();
    let Some(fuzzer) = cargo_fuzz(&workspace, &mut lanes) else {
        lanes.not_run(
            "fuzzing: cargo-fuzz is not there and could not be installed; cargo install cargo-fuzz brings it",
        );
        lanes.summary();
        return Ok(());
    };
    for target in targets(&fuzzer, &workspace.root)? {
        // No address sanitizer: the crates forbid unsafe code, so it would look for what cannot be. Without it the stable
        // compiler does, with its unstable flags let in for coverage.
        let mut command = fuzz(&fuzzer, &workspace.root);
        command.args(["run", "--sanitizer", "none", &target]);
        // Seeds that are kept lie beside what a run finds for itself.
        let (found, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        if workspace.root.join(&seeds).is_dir() {
            std::fs::create_dir_all(workspace.root.join(&found))
                .map_err(|error| format!("{found}: {error}"))?;
            command.args([&found, &seeds]);
        }
        command.arg("--");
        // What commands say of bad rows is closed off.
        command.args([
            format!("-max_total_time={seconds}"),
            "-close_fd_mask=2".into(),
            "-print_final_stats=1".into(),
        ]);
        lanes.run(&format!("fuzz {target}"), &mut command)?;
    }
    lanes.summary();
    Ok(())
}

/// The fuzzer: where it is, or where it is brought to, within the folder of built things.
fn cargo_fuzz(workspace: &Workspace, lanes: &mut Lanes) -> Option<PathBuf> {
    let works = |fuzzer: &Path| {
        Command::new(fuzzer).args(["fuzz", "--version"]).output().is_ok_and(|said| said.status.success())
    };
    let tools = workspace.target.join("tools");
    let own = tools.join("bin").join("cargo-fuzz");
    if let Some(there) = [PathBuf::from("cargo-fuzz"), own.clone()].into_iter().find(|fuzzer| works(fuzzer)) {
        return Some(there);
    }
    let mut install = cargo();
    install.args(["install", "cargo-fuzz", "--version", CARGO_FUZZ, "--locked", "--root"]).arg(&tools);
    (lanes.bring("cargo-fuzz", &mut install) && works(&own)).then_some(own)
}

fn fuzz(fuzzer: &Path, root: &Path) -> Command {
    let mut command = Command::new(fuzzer);
    command.arg("fuzz").current_dir(root).env("RUSTC_BOOTSTRAP", "1");
    command
}

fn targets(fuzzer: &Path, root: &Path) -> Result<Vec<String>, String> {
    let said = fuzz(fuzzer, root).arg("list").output();
    let said = said.map_err(|error| format!("cargo fuzz list does not run: {error}"))?;
    let targets: Vec<String> = String::from_utf8_lossy(&said.stdout).lines().map(str::to_owned).collect();
    if targets.is_empty() {
        return Err(format!("cargo fuzz list names no target: {}", String::from_utf8_lossy(&said.stderr)));
    }
    Ok(targets)
}
