use super::prepare::Prepared;
use super::store::{Appointment, index};
use super::tally::AppointmentTally;

const DAY: i64 = 86_400;

/// Appointments of one vehicle that should have been kept by the last day.
pub(super) fn of_vehicle(audit: &Prepared, vehicle: usize, tally: &mut AppointmentTally) {
    let number = u32::try_from(vehicle).unwrap_or(u32::MAX);
    let made = &audit.data.appointments;
    let begin = made.partition_point(|appointment| appointment.vehicle < number);
    let of_vehicle = made.iter().skip(begin).take_while(|appointment| appointment.vehicle == number);
    for appointment in of_vehicle {
        let came = || {
            audit.orders_of(vehicle).any(|order| {
                let day = |at: i64| at.div_euclid(DAY);
                day(order.opened).abs_diff(day(appointment.starts)) <= 1
            })
        };
        count(audit, appointment, came, tally);
    }
}

/// Appointments that name no vehicle: only what they say themselves counts.
pub(super) fn of_nobody(audit: &Prepared) -> AppointmentTally {
    let mut tally = AppointmentTally::default();
    let known = audit.data.vehicles.len();
    for appointment in
        audit.data.appointments.iter().filter(|appointment| index(appointment.vehicle) >= known)
    {
        if appointment.arrived.is_some() || appointment.cancelled {
            count(audit, appointment, || false, &mut tally);
        }
    }
    tally
}

fn count(
    audit: &Prepared,
    appointment: &Appointment,
    came: impl FnOnce() -> bool,
    tally: &mut AppointmentTally,
) {
    if appointment.starts > audit.end {
        return;
    }
    tally.set += 1;
    if appointment.cancelled {
        tally.cancelled += 1;
    } else if appointment.arrived.unwrap_or_else(came) {
        tally.shown += 1;
    } else {
        tally.missed += 1;
    }
}
