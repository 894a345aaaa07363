//! Readings that repeat an old one: nobody looked, the last number was carried over.

use crate::line::{Candidate, OnLine, Step};
use crate::{Model, ReadingKind};

/// Takes off the line what repeats the reading before it to the digit, where the car has surely been driven meanwhile;
/// returns the places, in order.
///
/// A car may stand. It is taken to have stood where the reading after fits that at least as well: the miles since, over
/// the time since the repetition, are nearer to the usual rate than over the whole time. A delivery, a correction and a
/// device are believed.
pub(crate) fn repeats(
    block: &[Candidate],
    line: &mut Vec<OnLine>,
    usual: f64,
    kind: &dyn Fn(&Candidate) -> Option<ReadingKind>,
    model: &Model,
) -> Vec<usize> {
    let judge = &model.judge;
    let at = |place: usize| block.get(place).copied();
    // The first reading after each that shows more, on the same segment.
    let mut higher: Vec<Option<Candidate>> = vec![None; line.len()];
    let mut after: Option<(Candidate, Option<Candidate>)> = None;
    for (slot, &(place, step)) in higher.iter_mut().zip(line.iter()).rev() {
        let Some(here) = at(place) else { continue };
        *slot = after.and_then(|(next, higher)| if next.miles > here.miles { Some(next) } else { higher });
        after = (step == Step::Drive).then_some((here, *slot));
    }
    let mut stale = Vec::new();
    let mut anchor: Option<Candidate> = None;
    for (index, &(place, step)) in line.iter().enumerate() {
        let Some(here) = at(place) else { continue };
        let repeated = anchor.filter(|before| step == Step::Drive && before.miles == here.miles);
        let Some(before) = repeated.filter(|_| kind(&here) == Some(ReadingKind::Reported)) else {
            anchor = Some(here);
            continue;
        };
        let time = here.day - before.day;
        let next = higher.get(index).copied().flatten();
        let stood = next.is_some_and(|next| {
            let far = |time: f64| {
                ((next.miles - here.miles + judge.odd_miles) / (usual * time + judge.odd_miles)).ln().abs()
            };
            far(next.day - here.day) <= far(next.day - before.day)
        });
        // While it stands the first of the repeated readings stays the one that was read.
        if time >= judge.stale_days && usual * time >= judge.stale_miles && !stood {
            stale.push(place);
        }
    }
    if !stale.is_empty() {
        line.retain(|(place, _)| stale.binary_search(place).is_err());
    }
    stale
}
