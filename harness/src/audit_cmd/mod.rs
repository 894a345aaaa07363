//! `fixedops audit`: a store's own extract read, and what it says about the store.

mod contact;
mod mapping;
mod orders;
mod others;
mod pings;
mod read;
mod sheet;
mod value;
mod workers;

use std::io::Write;
use std::path::{Path, PathBuf};

use fixedops_closed_loop::OpCodes;
use fixedops_closed_loop::audit::{Audit, AuditPolicy, Extract, ExtractFile};
use fixedops_odometer_core::{Model, Schedule};

use crate::outcome::{CommandError, Outcome};
use crate::page;
use crate::whole_file::WholeFile;
use mapping::Mapping;
use read::Reader;

/// Arguments of `audit`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The extract: a folder with repair_orders.csv, and as far as there are appointments.csv, customers.csv,
    /// vehicles.csv, pings.csv, touches.csv, consents.csv
    dir: PathBuf,
    /// How its headings, dates and words are read (TOML); else DIR/mapping.toml, else the shipped mapping for
    /// headings like DealerVault's
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Where audit.json and audit.html go
    #[arg(long, default_value = "fixedops-audit")]
    out: PathBuf,
    /// Which service an operation code stands for (TOML); else the shipped sample map
    #[arg(long)]
    op_codes: Option<PathBuf>,
    /// The maintenance schedule (TOML); else the shipped generic one
    #[arg(long)]
    schedule: Option<PathBuf>,
    /// Stop at the first row that is set aside
    #[arg(long)]
    strict: bool,
}

/// Reads the extract, looks at it, writes what it says.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    if !args.dir.is_dir() {
        return Err(CommandError::usage(format!("{} is no folder", args.dir.display())));
    }
    let beside = args.dir.join("mapping.toml");
    let (mapping, name) = match &args.mapping {
        Some(path) => (Mapping::of_file(path)?, path.display().to_string()),
        None if beside.exists() => (Mapping::of_file(&beside)?, beside.display().to_string()),
        None => (Mapping::shipped()?, "the shipped mapping for headings like DealerVault's".to_owned()),
    };
    let (op_codes, schedule) = (op_codes(args.op_codes.as_deref())?, schedule(args.schedule.as_deref())?);
    let mut reader = Reader::new(&args.dir, &mapping, AuditPolicy::shipped(), args.strict);
    orders::read(&mut reader)?;
    others::customers(&mut reader)?;
    others::vehicles(&mut reader)?;
    others::appointments(&mut reader)?;
    others::touches(&mut reader)?;
    others::consents(&mut reader)?;
    let model = Model::shipped();
    pings::read(&mut reader, &model)?;
    let Reader { builder, mut set_aside, .. } = reader;
    let prepared = builder.prepare(mapping.extract_date, model, schedule, &op_codes);
    let orders = args.dir.join(ExtractFile::RepairOrders.file_name());
    for (line, kind) in prepared.future_rows() {
        set_aside.report_row(&orders, *line, kind.reason())?;
    }
    let tally = workers::look(&prepared);
    let extract = Extract {
        mapping: format!("{name} ({}: {})", mapping.version, mapping.source),
        timezone: mapping.timezone.name().to_owned(),
        note: mapping.note.clone(),
        ..Extract::default()
    };
    let audit = prepared.finish(tally, extract);
    write(&args.out, &audit)?;
    println!("read with {}", audit.extract.mapping);
    for sentence in &audit.headlines {
        println!("{sentence}");
    }
    println!("\nWhat to fix first:");
    for sentence in &audit.fix_first {
        println!("- {sentence}");
    }
    println!("\n{} and audit.json beside it", args.out.join("audit.html").display());
    set_aside.finish();
    Ok(Outcome::Done)
}

fn text(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path)
        .map_err(|error| CommandError::failed(format!("cannot read {}: {error}", path.display())))
}

fn op_codes(path: Option<&Path>) -> Result<OpCodes, CommandError> {
    let Some(path) = path else { return Ok(OpCodes::shipped()) };
    OpCodes::from_toml(&text(path)?)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))
}

fn schedule(path: Option<&Path>) -> Result<Schedule, CommandError> {
    let Some(path) = path else { return Ok(Schedule::shipped()) };
    Schedule::from_toml(&text(path)?)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))
}

fn write(folder: &Path, audit: &Audit) -> Result<(), CommandError> {
    let failed = |error: &dyn std::error::Error| {
        CommandError::failed(format!("cannot write {}: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let json = serde_json::to_string_pretty(audit).map_err(|error| failed(&error))?;
    let mut file = WholeFile::create(&folder.join("audit.json"))?;
    file.write_all(format!("{json}\n").as_bytes()).map_err(|error| failed(&error))?;
    file.finish(false)?;
    let html = page::audit(audit).map_err(|error| failed(&error))?;
    page::write(&html, &folder.join("audit.html"))
}
