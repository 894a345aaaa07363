use std::process::Command;
use std::time::{Duration, Instant};

/// The lanes run so far, with the time each took.
#[derive(Default)]
pub(crate) struct Lanes {
    done: Vec<(String, Duration)>,
    not_run: Vec<String>,
}

impl Lanes {
    /// Runs one lane, its output going where ours goes. The first failure ends the run.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        println!("\n=== {name}");
        let start = Instant::now();
        let status = command.status().map_err(|e| format!("{name}: {command:?} does not start: {e}"))?;
        let took = start.elapsed();
        println!(
            "=== {name}: {} in {:.1} s",
            if status.success() { "passed" } else { "FAILED" },
            took.as_secs_f64()
        );
        if status.success() {
            self.done.push((name.to_owned(), took));
            Ok(())
        } else {
            self.summary();
            Err(format!("{name} failed ({status})"))
        }
    }

    /// Brings what a lane needs. That it cannot is no failure: it is said, and the lane is left out.
    pub(crate) fn bring(&mut self, name: &str, command: &mut Command) -> bool {
        println!("\n=== bring {name}");
        let start = Instant::now();
        let brought = match command.status() {
            Ok(status) => status.success(),
            Err(error) => {
                println!("{command:?} does not start: {error}");
                false
            }
        };
        if brought {
            self.done.push((format!("bring {name}"), start.elapsed()));
        }
        brought
    }

    /// Notes what could not be run, and why, for the summary.
    pub(crate) fn not_run(&mut self, what: impl Into<String>) {
        let what = what.into();
        println!("not run: {what}");
        self.not_run.push(what);
    }

    pub(crate) fn summary(&self) {
        println!("\n=== summary");
        for (name, took) in &self.done {
            println!("{:8.1} s  {name}", took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        println!("{:8.1} s  in all", total.as_secs_f64());
        match self.not_run.as_slice() {
            [] => println!("nothing was left out"),
            left_out => left_out.iter().for_each(|what| println!("NOT RUN: {what}")),
        }
    }
}
