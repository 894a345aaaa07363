//! Sightings of a part as strange as bytes can make them: projected or refused, in order, and thinner is never longer.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use fixedops_fuzz::AnyTime;
use fixedops_mpi_score::{MilesRange, Pace, Renewed, Sighting, Unit, WearAt, WearPolicy, Weights, project};
use fixedops_vocab::Miles;
use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;

static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::shipped);
static POLICY: LazyLock<WearPolicy> = LazyLock::new(WearPolicy::shipped);

#[derive(Arbitrary, Debug)]
struct AnySighting {
    thousandths: i32,
    unit: u8,
    odometer: Option<(u32, u16, u16)>,
    at: AnyTime,
}

#[derive(Arbitrary, Debug)]
struct Input {
    part: u8,
    seen: Vec<AnySighting>,
    renewed: (Option<u32>, Option<AnyTime>),
    fresh: Option<i32>,
    minimum: Option<i32>,
    pace: [f64; 3],
}

fuzz_target!(|input: Input| {
    let miles = |tenths: u32| Miles::from_tenths(tenths % 9_999_999).unwrap_or(Miles::ZERO);
    let sightings = input.seen.iter().take(8).map(|seen| Sighting {
        value: Decimal::new(i64::from(seen.thousandths), 3),
        unit: [Unit::Millimetres, Unit::ThirtySeconds, Unit::Percent, Unit::Volts]
            [usize::from(seen.unit % 4)],
        odometer: seen.odometer.map(|(p10, more, most)| MilesRange {
            p10: miles(p10),
            p50: miles(p10.saturating_add(more.into())),
            p90: miles(p10.saturating_add(more.into()).saturating_add(most.into())),
        }),
        at: seen.at.instant(),
    });
    let wear = WearAt {
        sightings: sightings.collect(),
        renewed: Renewed { odometer: input.renewed.0.map(miles), at: input.renewed.1.map(AnyTime::instant) },
        fresh: input.fresh.map(|n| Decimal::new(n.into(), 3)),
        minimum: input.minimum.map(|n| Decimal::new(n.into(), 3)),
        ..WearAt::of(["tread", "pad", "battery_capacity", "fluid_level"][usize::from(input.part % 4)])
    };
    let [p10, p50, p90] = input.pace;
    let Ok(said) = project(&wear, Pace { p10, p50, p90 }, &WEIGHTS, &POLICY) else { return };
    assert!(
        said.miles_left.p10 <= said.miles_left.p50 && said.miles_left.p50 <= said.miles_left.p90,
        "{said:?}"
    );
    assert!(
        said.last_seen <= said.early && said.early <= said.likely && said.likely <= said.late,
        "{said:?}"
    );
});
