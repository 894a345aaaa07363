//! The sample case of a preview: nobody's name, number or car.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_recovery::{Fields, Opening, Plan, RenderError, Target};

/// When it opens: a Monday, at half past ten in the morning in New York.
pub fn opened_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_465_400, 0).unwrap_or_default()
}

/// What it is opened with: an appointment in nine days, a wear in 46 to 110, a day the customer named in 30.
pub fn opening(plan: &Plan) -> Opening {
    let day = |days| opened_at() + TimeDelta::days(days);
    let target = match plan.program().as_str() {
        "appointment_reminder" => Target::at(day(9)),
        "deferred_work" => Target::at(day(30)),
        _ => Target::between(day(46), day(70), day(110)),
    };
    Opening { target: plan.has_target().then_some(target), ..Opening::at(opened_at()) }
}

/// Every field a template may print. With `spare` those that may be unknown are.
pub fn fields(spare: bool, discount: Option<u8>) -> Result<Fields<'static>, RenderError> {
    let mut fields = Fields::default();
    for (name, value) in [
        ("dealer_name", "Main Street Motors"),
        ("dealer_phone", "(404) 555-0199"),
        ("book_link", "https://svc.example/b/7QK2M4"),
        ("photo_link", "https://svc.example/p/7QK2M4"),
        ("inspection_link", "https://svc.example/i/7QK2M4"),
        ("postal_address", "1 Main Street, Springfield, GA 31329"),
        ("unsubscribe_link", "https://svc.example/u/7QK2M4"),
        ("recall_name", "Front passenger airbag inflator"),
        ("recall_number", "26V-000"),
        ("appointment_time", "Wednesday, March 11 at 9:30 AM"),
        ("offer_name", "Winter tires, mounted and balanced"),
        ("offer_ends", "March 31"),
        ("reason", "oil service coming due"),
    ] {
        fields.set(name, value)?;
    }
    if spare {
        return Ok(fields);
    }
    for (name, value) in [
        ("first_name", "Alex"),
        ("vehicle", "2019 Honda CR-V"),
        ("line_name", "Front brake pads"),
        ("line_price", "$389.00"),
        ("price_then", "$379.00"),
        ("advisor", "Sam"),
        ("service_date", "March 2"),
        ("service_name", "Oil service"),
        ("due_miles", "45,000 mi"),
        ("mileage", "about 45,200 mi (estimated)"),
        ("miles_since", "about 2,100 mi (estimated)"),
        ("wear_miles", "1,800 mi (1,200 to 2,600)"),
        ("wear_date", "May 11"),
        ("slot", "Thursday at 8:00 AM"),
    ] {
        fields.set(name, value)?;
    }
    if let Some(percent) = discount {
        fields.set("discount", format!("{percent}%"))?;
    }
    Ok(fields)
}
