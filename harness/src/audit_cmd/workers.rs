//! The heavy part, on every core.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use fixedops_closed_loop::audit::{Prepared, Tally};
use indicatif::{ProgressBar, ProgressStyle};

/// Vehicles looked at in one go.
const AT_ONCE: usize = 512;

/// Looks at every vehicle. The tallies are merged in the order of the vehicles, so that the number of cores does not
/// show.
pub fn look(prepared: &Prepared) -> Tally {
    let vehicles = prepared.vehicles();
    let bar = ProgressBar::new(vehicles as u64)
        .with_style(
            ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        )
        .with_message("looking at vehicles");
    let next = AtomicUsize::new(0);
    let parts: Mutex<Vec<(usize, Tally)>> = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let begin = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    if begin >= vehicles {
                        break;
                    }
                    let end = (begin + AT_ONCE).min(vehicles);
                    let tally = prepared.look(begin..end);
                    parts.lock().unwrap_or_else(PoisonError::into_inner).push((begin, tally));
                    bar.inc((end - begin) as u64);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_by_key(|(begin, _)| *begin);
    let mut whole = prepared.look(0..0);
    for (_, part) in parts {
        whole.merge(part);
    }
    whole
}
