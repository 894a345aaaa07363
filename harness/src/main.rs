//! The program `fixedops`: how people and tests meet the family.

// A program speaks on its standard output; that is its work.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, unreachable_pub)]

#[macro_use]
mod say;

mod attribute_cmd;
mod audit_cmd;
mod backtest_cmd;
mod clicks_cmd;
mod consent_cmd;
mod demo;
mod edge;
mod extract;
mod inspection_cmd;
mod journal_cmd;
mod json_file;
mod odometer_cmd;
mod outcome;
mod page;
mod plan_cmd;
mod policy_file;
mod score_cmd;
mod scorecard_cmd;
mod simulate_cmd;
mod simulation;
mod table;
mod whole_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::{CommandError, Outcome};

/// Decides from the miles a car has really driven when its owner should hear from the service department, whether
/// the law allows it, what to say, and which repair order came of it.
#[derive(Parser, Debug)]
#[command(name = "fixedops", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run a seeded store through the whole loop, on an embedded database
    Demo(demo::Args),
    /// Simulate stores of any number and size, with faults, and keep what really happened
    Simulate(simulate_cmd::Args),
    /// Audit a store's own extract: mileage, intervals, reach, where the path leaks, what the declined list is worth
    Audit(audit_cmd::Args),
    /// Write a simulated store's extract, as a DMS writes it: what audit reads
    Extract(extract::Args),
    /// Hold the estimates against your own histories, beside the usual rules; fit the model's constants to them
    Backtest(backtest_cmd::Args),
    #[command(flatten)]
    Odometer(odometer_cmd::Command),
    /// Decide whether a message may go out; read what customers answer
    #[command(subcommand)]
    Consent(consent_cmd::Command),
    /// List, check, show and preview the sequences and the words they send
    #[command(subcommand)]
    Plan(plan_cmd::Command),
    /// Rank the findings of inspections; hold the ranking against experts, learn from them, watch for drift
    Score(score_cmd::Args),
    /// Show an order's inspection as its customer sees it; review a store's inspections, evidence and exemptions
    #[command(subcommand)]
    Inspection(inspection_cmd::Command),
    /// The scorecard of a store, counted again from its journal, as of any day
    Scorecard(scorecard_cmd::Args),
    /// Report who clicked: which car, which mileage reason, since when, what was tried, what came of it
    Clicks(clicks_cmd::Args),
    /// Check the receipts of credits, with nothing but themselves
    #[command(subcommand)]
    Attribute(attribute_cmd::Command),
    /// Export, import, verify, repair and replay a journal
    #[command(subcommand)]
    Journal(journal_cmd::Command),
}

fn main() -> ExitCode {
    // clap exits with 2 for a wrong call and 0 for --help and --version, as the program's contract asks.
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Simulate(args) => simulate_cmd::run(&args),
        Command::Audit(args) => audit_cmd::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Backtest(args) => backtest_cmd::run(&args),
        Command::Odometer(command) => odometer_cmd::run(command),
        Command::Consent(command) => consent_cmd::run(command),
        Command::Plan(command) => plan_cmd::run(&command),
        Command::Score(args) => score_cmd::run(&args),
        Command::Inspection(command) => inspection_cmd::run(&command),
        Command::Scorecard(args) => scorecard_cmd::run(&args),
        Command::Clicks(args) => clicks_cmd::run(&args),
        Command::Attribute(command) => attribute_cmd::run(command),
        Command::Journal(command) => journal_cmd::run(command),
    };
    match outcome {
        Ok(_) if !say::all_said() => {
            eprintln!("fixedops: cannot write the answer to standard output");
            ExitCode::from(1)
        }
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::Partly) => ExitCode::from(3),
        Err(CommandError { usage, message }) => {
            eprintln!("fixedops: {message}");
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}
