//! What a car's appointments and orders come to after a click.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::AppointmentStatus;
use fixedops_vocab::{AppointmentId, Mileage, OwnershipSpan, RoId, VehicleId};

use super::ClickAppointment;
use crate::{AppointmentMissed, AppointmentSet, AppointmentShown, RoClosed, RoOpened, VehicleRecorded};

/// A car, as it was last told of.
#[derive(Debug, Default)]
pub(super) struct Car {
    pub(super) record: Option<VehicleRecorded>,
    pub(super) mileage: Option<Mileage>,
    appointments: BTreeMap<AppointmentId, Told>,
}

/// What was last true of an appointment.
#[derive(Debug)]
struct Told {
    set_at: DateTime<Utc>,
    starts_at: DateTime<Utc>,
    standing: Standing,
    /// When that came true.
    since: DateTime<Utc>,
    /// Whose appointment it is.
    span: Option<OwnershipSpan>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Shown,
    Set,
    NoShow,
    Cancelled,
}

impl Standing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Set => "set",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
        }
    }

    const fn fell_away(self) -> bool {
        matches!(self, Self::NoShow | Self::Cancelled)
    }
}

/// What a car's appointments say of a click.
#[derive(Debug, Default)]
pub(super) struct Booked {
    /// The one that says most: kept, else standing, else the last that fell away.
    pub(super) appointment: Option<ClickAppointment>,
    /// One stands: set, and its end not told.
    pub(super) stands: bool,
    /// When one was first kept.
    pub(super) kept_at: Option<DateTime<Utc>>,
    /// When one was last missed or called off.
    pub(super) fell_away_at: Option<DateTime<Utc>>,
}

impl Car {
    fn span(&self) -> Option<OwnershipSpan> {
        self.record.as_ref().map(|record| record.span)
    }

    pub(super) fn set(&mut self, set: &AppointmentSet) {
        let span = self.span();
        let known = self.appointments.entry(set.appointment.clone()).or_insert(Told {
            set_at: set.occurred_at,
            starts_at: set.starts_at,
            standing: Standing::Set,
            since: set.occurred_at,
            span,
        });
        known.set_at = known.set_at.min(set.occurred_at);
        // What was true later stands, whichever is told first.
        if known.since <= set.occurred_at {
            (known.starts_at, known.standing) = (set.starts_at, Standing::Set);
            (known.since, known.span) = (set.occurred_at, span);
        }
    }

    pub(super) fn shown(&mut self, shown: &AppointmentShown) {
        self.ends(&shown.appointment, shown.occurred_at, Standing::Shown);
    }

    pub(super) fn missed(&mut self, missed: &AppointmentMissed) {
        let called_off = missed.status == AppointmentStatus::Cancelled;
        let standing = if called_off { Standing::Cancelled } else { Standing::NoShow };
        self.ends(&missed.appointment, missed.occurred_at, standing);
    }

    fn ends(&mut self, appointment: &AppointmentId, at: DateTime<Utc>, standing: Standing) {
        let span = self.span();
        let known = self.appointments.entry(appointment.clone()).or_insert(Told {
            set_at: at,
            starts_at: at,
            standing,
            since: at,
            span,
        });
        if known.since <= at {
            (known.standing, known.since) = (standing, at);
        }
    }

    /// What its owner's appointments say of a click: one that was set or is to come after it, kept after it, or fell away
    /// after it. What was over before the click says nothing.
    pub(super) fn booked_after(&self, click: DateTime<Utc>, span: OwnershipSpan) -> Booked {
        let speaks = |told: &Told| {
            let stands = told.standing == Standing::Set;
            let of_him = told.span.is_none_or(|of| of == span);
            of_him && (told.since > click || (stands && told.starts_at > click))
        };
        let all = || self.appointments.iter().filter(|(_, told)| speaks(told));
        let since = |wanted: fn(Standing) -> bool| {
            all().filter(move |(_, told)| wanted(told.standing)).map(|(_, told)| told.since)
        };
        let says_most = all().min_by_key(|(id, told)| match told.standing {
            Standing::Shown => (0, told.since.timestamp(), *id),
            Standing::Set => (1, told.starts_at.timestamp(), *id),
            Standing::NoShow | Standing::Cancelled => (2, -told.since.timestamp(), *id),
        });
        Booked {
            appointment: says_most.map(|(id, told)| ClickAppointment {
                appointment: id.clone(),
                set_at: told.set_at,
                starts_at: told.starts_at,
                standing: told.standing.as_str().to_owned(),
            }),
            stands: all().any(|(_, told)| told.standing == Standing::Set),
            kept_at: since(|standing| standing == Standing::Shown).min(),
            fell_away_at: since(Standing::fell_away).max(),
        }
    }
}

/// Every order, as it was last told of.
#[derive(Debug, Default)]
pub(super) struct Orders(BTreeMap<RoId, Order>);

#[derive(Debug)]
struct Order {
    vehicle: VehicleId,
    span: Option<OwnershipSpan>,
    opened_at: DateTime<Utc>,
    voided: bool,
    is_closed: bool,
}

impl Orders {
    /// An order was opened, by whoever owned the car then. What its closing told stands, whichever comes in first.
    pub(super) fn opened(&mut self, opened: &RoOpened, span: Option<OwnershipSpan>) {
        let known = self.0.entry(opened.ro.clone()).or_insert_with(|| Order {
            vehicle: opened.vehicle.clone(),
            span,
            opened_at: opened.occurred_at,
            voided: false,
            is_closed: false,
        });
        if !known.is_closed {
            known.vehicle.clone_from(&opened.vehicle);
            (known.span, known.opened_at) = (span, opened.occurred_at);
        }
    }

    /// An order was closed, closed again, moved to another vehicle, or voided.
    pub(super) fn closed(&mut self, closed: &RoClosed) {
        let order = Order {
            vehicle: closed.vehicle.clone(),
            span: Some(closed.span),
            opened_at: closed.opened_at,
            voided: closed.voided,
            is_closed: true,
        };
        self.0.insert(closed.ro.clone(), order);
    }

    /// The orders of each vehicle that were not voided.
    pub(super) fn visits(&self) -> Visits<'_> {
        let mut visits: BTreeMap<&VehicleId, Vec<&Order>> = BTreeMap::new();
        for order in self.0.values().filter(|order| !order.voided) {
            visits.entry(&order.vehicle).or_default().push(order);
        }
        Visits(visits)
    }
}

/// The visits of every vehicle.
#[derive(Debug)]
pub(super) struct Visits<'a>(BTreeMap<&'a VehicleId, Vec<&'a Order>>);

impl Visits<'_> {
    /// When a vehicle of this owner first came in after a click.
    pub(super) fn after(
        &self,
        vehicle: &VehicleId,
        click: DateTime<Utc>,
        span: OwnershipSpan,
    ) -> Option<DateTime<Utc>> {
        let of_car = self.0.get(vehicle).into_iter().flatten();
        let his = of_car.filter(|order| order.opened_at > click && order.span.is_none_or(|of| of == span));
        his.map(|order| order.opened_at).min()
    }
}
