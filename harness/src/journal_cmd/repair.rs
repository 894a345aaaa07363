use std::path::Path;

use fixedops_connectors_traits::file::JournalReader;

use super::input;
use crate::outcome::{CommandError, Outcome};

/// Says what is broken and how much is good; reads only.
pub fn run(path: &Path) -> Result<Outcome, CommandError> {
    let open = || input::open(path).map_err(|error| input::file_error(path, &error));
    let mut reader = JournalReader::new(open()?);
    let fault = reader.by_ref().find_map(Result::err);
    let Some(fault) = fault else {
        println!("nothing is broken: {} lines, {} bytes", reader.lines(), reader.good_bytes());
        return Ok(Outcome::Done);
    };
    let behind = count_lines(open()?, reader.lines()).map_err(|error| input::file_error(path, &error))?;
    println!("broken: {fault}");
    println!("good: {} lines before it, {} bytes", fault.line() - 1, reader.good_bytes());
    println!("not judged: {behind} lines behind it");
    println!("nothing was changed");
    Ok(Outcome::Done)
}

/// Lines after the first `skipped`, a last one without line feed included.
fn count_lines(mut input: impl std::io::BufRead, skipped: u64) -> std::io::Result<u64> {
    let (mut lines, mut open) = (0_u64, false);
    loop {
        let chunk = input.fill_buf()?;
        let Some(last) = chunk.last() else { break };
        open = *last != b'\n';
        lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        let used = chunk.len();
        input.consume(used);
    }
    Ok((lines + u64::from(open)).saturating_sub(skipped))
}
