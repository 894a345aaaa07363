use std::path::Path;
use std::process::Command;

use crate::lane::Lanes;
use crate::workspace::{Workspace, cargo};

/// One scoring tool, and the file of `data` that each of its options names.
struct Score {
    tool: &'static str,
    options: &'static [(&'static str, &'static str)],
    flags: &'static [&'static str],
}

const FLEET: &[(&str, &str)] = &[("--readings", "odometer/fuel_card_fleet.csv")];
const LOGS: &[(&str, &str)] = &[("--readings", "odometer/personal_logs.csv")];

const SCORES: [Score; 8] = [
    Score { tool: "score_odometer.py", options: LOGS, flags: &[] },
    Score { tool: "score_odometer.py", options: FLEET, flags: &["--dirty"] },
    Score { tool: "score_odometer.py", options: FLEET, flags: &["--dirty", "--horizon", "60"] },
    Score { tool: "score_clean.py", options: LOGS, flags: &[] },
    Score { tool: "score_clean.py", options: FLEET, flags: &[] },
    // The tool reads drives in the form of this file; the other drive lies there in a form of its own.
    Score { tool: "score_gps.py", options: &[("--pings", "gps/twizy.csv")], flags: &[] },
    Score { tool: "score_consent.py", options: &[("--scenarios", "consent/scenarios.jsonl")], flags: &[] },
    Score { tool: "score_consent.py", options: &[("--replies", "consent/replies.csv")], flags: &[] },
];

/// Runs the scoring tools that lie beside this checkout (`../shared/tools` on `../shared/data`) and prints their
/// figures. They are no part of the project: where they are absent there is nothing to do.
pub(crate) fn run() -> Result<(), String> {
    let workspace = Workspace::read()?;
    let shared = workspace.root.join("../shared");
    let (tools, data) = (shared.join("tools"), shared.join("data"));
    for folder in [&tools, &data] {
        if !folder.is_dir() {
            println!(
                "no scores: {} is not there; the scoring tools and data are no part of the project",
                folder.display()
            );
            return Ok(());
        }
    }
    if !Command::new("python3").arg("--version").output().is_ok_and(|said| said.status.success()) {
        println!("no scores: the scoring tools need python3, which is not installed");
        return Ok(());
    }

    let mut lanes = Lanes::default();
    lanes.run("release build", cargo().args(["build", "--release", "--package", "fixedops-cli"]))?;
    let program = workspace.target.join("release").join("fixedops");
    for score in &SCORES {
        match score.command(&program, &tools, &data) {
            Ok((name, mut command)) => lanes.run(&name, &mut command)?,
            Err(missing) => lanes.not_run(missing),
        }
    }
    lanes.summary();
    Ok(())
}

impl Score {
    /// The call and its name, or what is missing for it.
    fn command(&self, program: &Path, tools: &Path, data: &Path) -> Result<(String, Command), String> {
        let tool = tools.join(self.tool);
        if !tool.is_file() {
            return Err(format!("{}: it is not there", self.tool));
        }
        let mut command = Command::new("python3");
        command.arg(tool).arg("--program").arg(quoted(program));
        let mut name = self.tool.to_owned();
        for (option, file) in self.options {
            let path = data.join(file);
            if !path.is_file() {
                return Err(format!("{} on {file}: the file is not there", self.tool));
            }
            command.arg(option).arg(path);
            name = format!("{name} {option} {file}");
        }
        command.args(self.flags);
        Ok((format!("{name} {}", self.flags.join(" ")).trim_end().to_owned(), command))
    }
}

/// The tools split `--program` as a shell would.
fn quoted(program: &Path) -> String {
    format!("'{}'", program.display().to_string().replace('\'', r"'\''"))
}
