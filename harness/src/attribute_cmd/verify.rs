use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use fixedops_attribution::{Receipt, Verifier};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::outcome::{CommandError, Outcome};

pub fn run(path: &Path) -> Result<Outcome, CommandError> {
    let failed = |error: std::io::Error| CommandError::failed(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let bar = ProgressBar::new(file.metadata().map_err(failed)?.len());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }

    let mut verifier = Verifier::default();
    for (number, line) in (1_u64..).zip(BufReader::with_capacity(1 << 16, bar.wrap_read(file)).split(b'\n')) {
        let line = line.map_err(failed)?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Err(fault) = take(&line, &mut verifier) {
            bar.finish_and_clear();
            eprintln!("fixedops: {}:{number}: {fault}", path.display());
            println!("{} receipts before it hold", verifier.receipts());
            return Ok(Outcome::Failed);
        }
    }
    bar.finish_and_clear();
    let chains = verifier.heads().count();
    println!(
        "{} receipts in {chains} chains: each follows from its own facts and rules",
        verifier.receipts()
    );
    if let (Some(head), 1) = (verifier.heads().next(), chains) {
        println!("the last is {head}");
    }
    println!(
        "whether the facts are the journal's, and no better claim was left out, only a new run over it shows"
    );
    Ok(Outcome::Done)
}

fn take(line: &[u8], verifier: &mut Verifier) -> Result<(), String> {
    let read: Value = serde_json::from_slice(line).map_err(|error| format!("not a receipt: {error}"))?;
    let receipt = match read.get("type").and_then(Value::as_str) {
        None => read,
        Some("credit_assigned") => {
            let receipt = read.pointer("/data/credit/receipt").cloned();
            receipt.ok_or("a credit without its receipt")?
        }
        Some(_) => return Ok(()),
    };
    let id = receipt.get("id").and_then(Value::as_str).unwrap_or("without id").to_owned();
    let said = receipt.get("body").cloned().unwrap_or_default();
    let receipt: Receipt =
        serde_json::from_value(receipt).map_err(|error| format!("receipt {id}: not a receipt: {error}"))?;
    // What is written must be what is hashed, no word more.
    let hashed: Option<Value> = serde_json::from_slice(&receipt.canonical_json()).ok();
    if hashed.as_ref() != Some(&said) {
        return Err(format!("receipt {id}: it holds words that are not under its hash"));
    }
    verifier.receipt(&receipt).map_err(|fault| format!("receipt {id}: {fault}"))
}
