//! Readings made fit for a rule that believes what it is given.

/// What an odometer showed on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Days since 1970.
    pub day: f64,
    /// Miles.
    pub miles: f64,
}

/// Readings back that a run may reach.
const REACH: usize = 60;
/// No car does more at once, and in a day.
const SLACK: f64 = 40.0;
const FASTEST: f64 = 450.0;
/// A date may hide so much of a day.
const LEAST_DAYS: f64 = 0.05;
/// Fleetio voids what gains more in a day.
const FLEETIO_MOST: f64 = 3_000.0;

/// The longest run of readings that never falls and never gains more than 40 miles and 450 a day: places in `points`.
pub fn plausible_run(points: &[Point]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(points.len());
    for (place, point) in points.iter().enumerate() {
        let from = place.saturating_sub(REACH);
        let earlier = points.iter().zip(&best).enumerate().skip(from);
        let mut found: (usize, Option<usize>) = (1, None);
        for (before, (other, (length, _))) in earlier {
            let most = SLACK + FASTEST * (point.day - other.day).max(LEAST_DAYS);
            if (0.0..=most).contains(&(point.miles - other.miles)) && length + 1 > found.0 {
                found = (length + 1, Some(before));
            }
        }
        best.push(found);
    }
    let longest = best.iter().map(|(length, _)| *length).max();
    let mut place = best.iter().position(|(length, _)| Some(*length) == longest);
    let mut run = Vec::new();
    while let Some(on_it) = place {
        run.push(on_it);
        place = best.get(on_it).and_then(|(_, before)| *before);
    }
    run.reverse();
    run
}

/// Fleetio's published rule for meter entries (help pages meter-entry-conflicts and meter-entry-mark-as-void): void what
/// is below an earlier one, and what gains more than 3,000 miles a day. Its users void a wrong first entry by hand; here
/// the best of the first five beginnings is taken.
pub fn not_voided(points: &[Point]) -> Vec<Point> {
    let sweeps = (0..points.len().clamp(1, 5)).map(|from| sweep(points.get(from..).unwrap_or_default()));
    // The first of the longest.
    sweeps.reduce(|best, next| if next.len() > best.len() { next } else { best }).unwrap_or_default()
}

fn sweep(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        // An entry that stands above all that comes before and after it was the wrong one.
        while let [.., before, last] = kept.as_slice()
            && last.miles > point.miles
            && before.miles <= point.miles
        {
            kept.pop();
        }
        let fits = kept.last().is_none_or(|last| {
            let gain = point.miles - last.miles;
            (0.0..=FLEETIO_MOST * (point.day - last.day).max(1.0)).contains(&gain)
        });
        if fits {
            kept.push(*point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(miles: &[f64]) -> Vec<Point> {
        (0..).zip(miles).map(|(day, miles)| Point { day: f64::from(day) * 30.0, miles: *miles }).collect()
    }

    #[test]
    fn the_longest_plausible_run_steps_over_what_is_wrong() {
        for (case, miles, run) in [
            ("nothing wrong", vec![1_000.0, 2_000.0, 3_000.0], vec![0, 1, 2]),
            ("a digit dropped", vec![1_000.0, 200.0, 3_000.0], vec![0, 2]),
            ("a digit too many", vec![1_000.0, 20_000.0, 3_000.0, 4_000.0], vec![0, 2, 3]),
            ("a wrong first one", vec![90_000.0, 2_000.0, 3_000.0], vec![1, 2]),
            ("none", vec![], vec![]),
        ] {
            assert_eq!(plausible_run(&points(&miles)), run, "{case}");
        }
    }

    #[test]
    fn fleetios_rule_voids_rollbacks_and_what_no_car_drives_and_leaves_the_rest() {
        for (case, miles, kept) in [
            ("a rollback", vec![1_000.0, 2_000.0, 500.0, 3_000.0], vec![1_000.0, 2_000.0, 3_000.0]),
            ("too fast", vec![1_000.0, 191_001.0, 3_000.0], vec![1_000.0, 3_000.0]),
            ("fast, and believed", vec![1_000.0, 20_000.0, 20_500.0], vec![1_000.0, 20_000.0, 20_500.0]),
            (
                "one that stands out",
                vec![1_000.0, 20_000.0, 3_000.0, 4_000.0],
                vec![1_000.0, 3_000.0, 4_000.0],
            ),
            ("a wrong first one", vec![90_000.0, 2_000.0, 3_000.0], vec![2_000.0, 3_000.0]),
        ] {
            let found: Vec<f64> = not_voided(&points(&miles)).iter().map(|point| point.miles).collect();
            assert_eq!(found, kept, "{case}");
        }
    }
}
