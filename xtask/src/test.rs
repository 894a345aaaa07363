use std::process::Command;

use crate::chromium;
use crate::full_disk;
use crate::lane::Lanes;
use crate::workspace::{Workspace, cargo};

/// Everything that must hold before a change goes in.
pub(crate) fn run() -> Result<(), String> {
    let workspace = Workspace::read()?;
    let mut lanes = Lanes::default();

    let mut real_parts = Vec::new();
    for feature in workspace.features_named("real-parts") {
        // The pages want a browser, the others a file system to fill up.
        let (what, obstacle) = if feature.starts_with("fixedops-cli/") {
            ("they open the pages in a real browser", chromium::obstacle(&mut lanes))
        } else {
            ("they mount a small file system and fill it up", full_disk::obstacle())
        };
        match obstacle {
            Some(obstacle) => lanes.not_run(format!("the tests of {feature} ({what}): {obstacle}")),
            None => real_parts.push(feature),
        }
    }
    let mut features = Vec::new();
    if !real_parts.is_empty() {
        features.extend(["--features".to_owned(), real_parts.join(",")]);
    }

    bring_components(&mut lanes)?;
    lanes.run("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    lanes.run(
        "clippy",
        cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(&features)
            .args(["--", "-D", "warnings"]),
    )?;

    if has_nextest() {
        lanes.run("tests", cargo().args(["nextest", "run", "--workspace"]).args(&features))?;
    } else {
        println!(
            "\ncargo-nextest is not installed: cargo test runs the same tests, one program after another"
        );
        let kinds = ["--lib", "--bins", "--tests", "--examples"];
        lanes.run("tests", cargo().args(["test", "--workspace"]).args(kinds).args(&features))?;
    }
    lanes.run("documentation examples", cargo().args(["test", "--workspace", "--doc"]).args(&features))?;
    for package in workspace.with_default_features() {
        // Clippy, not check with RUSTFLAGS: those would build every dependency anew.
        lanes.run(
            &format!("{package} without default features"),
            cargo().args(["clippy", "--no-default-features", "--package", package, "--", "-D", "warnings"]),
        )?;
    }
    lanes.run(
        "documentation",
        cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;

    lanes.summary();
    Ok(())
}

/// Formatter and linter, where rustup can bring what is missing.
fn bring_components(lanes: &mut Lanes) -> Result<(), String> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let present = cargo().args([tool, "--version"]).output().is_ok_and(|said| said.status.success());
        if !present {
            lanes.run(
                &format!("bring {component}"),
                Command::new("rustup").args(["component", "add", component]),
            )?;
        }
    }
    Ok(())
}

fn has_nextest() -> bool {
    cargo().args(["nextest", "--version"]).output().is_ok_and(|said| said.status.success())
}
