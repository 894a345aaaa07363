//! What the DMS holds of customers and vehicles.

use std::collections::BTreeMap;

use fixedops_connectors_traits::UnitKind;
use fixedops_vocab::{CheckDigit, Vin};
use fixedops_world::{Parameters, What};

use crate::scene::Scene;
use crate::tally::Tally;

/// The ten digits of a typed number, if it is one.
pub(crate) fn digits(typed: Option<&String>) -> Option<String> {
    let digits: String = typed?.chars().filter(char::is_ascii_digit).collect();
    let ten = digits.len().checked_sub(10).and_then(|from| digits.get(from..))?;
    (digits.len() <= 11 && !ten.starts_with("000")).then(|| ten.to_owned())
}

pub(crate) fn measure(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let customers = scene.customers();
    let people = &p.people;
    let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
    for record in &customers {
        let bad = record.phone.is_some() && digits(record.phone.as_ref()).is_none();
        count("people.phone_missing", people.phone_missing.value, record.phone.is_none());
        count("people.phone_bad", people.phone_bad.value, bad);
        count("people.mail_missing", people.mail_missing.value, record.email.is_none());
        let bad = record.email.as_ref().is_some_and(|mail| !mail.contains('@'));
        count("people.mail_bad", people.mail_bad.value, bad);
        count("people.zip_missing", people.zip_missing.value, record.zip.is_none());
        count("people.other_state", people.other_state.value, record.state.as_deref() != Some("GA"));
        let flags = record.opt_out;
        count("people.opt_out", people.opt_out.value, flags.opt_out);
        count("people.block_automatic", people.block_automatic.value, flags.block_automatic_messages);
        count("people.block_phone", people.block_phone.value, flags.block_phone);
        count("people.block_mail", people.block_mail.value, flags.block_mail);
    }
    for pair in customers.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        if let (Some(one), Some(next)) = (digits(first.phone.as_ref()), digits(second.phone.as_ref())) {
            count("people.phone_with_next", people.phone_with_next.value, one == next);
            if one != next {
                let home = first.household == second.household;
                count("people.household_with_next", people.household_with_next.value, home);
            }
        }
    }
    let consents =
        scene.inputs.iter().filter(|input| !input.id.contains('/')).filter_map(|input| match &input.what {
            What::Consent(signed) => Some((signed.customer.expose().to_owned(), signed.written)),
            _ => None,
        });
    let consents: BTreeMap<String, bool> = consents.collect();
    for record in &customers {
        let signed = consents.get(record.customer.expose());
        count("people.consent_written", people.consent_written.value, signed == Some(&true));
        count("people.consent_number_only", people.consent_number_only.value, signed == Some(&false));
    }
    vehicles(scene, p, tally);
    signing(scene, p, &consents, tally);
}

fn vehicles(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
    let mut before = None;
    for record in scene.vehicles() {
        count("units.stock", p.units.stock.value, record.unit == UnitKind::Stock);
        count("units.loaner", p.units.loaner.value, record.unit == UnitKind::Loaner);
        count("units.fleet", p.units.fleet.value, record.unit == UnitKind::Fleet);
        count("units.employee", p.units.employee.value, record.unit == UnitKind::Employee);
        let vin = record.vin.as_deref();
        count("vins.missing", p.vins.missing.value, vin.is_none());
        count("vins.short", p.vins.short.value, vin.is_some_and(|vin| vin.len() == 16));
        let wrong = vin
            .and_then(|vin| vin.parse::<Vin>().ok())
            .is_some_and(|vin| vin.check_digit() != CheckDigit::Right);
        count("vins.wrong_check_digit", p.vins.wrong_check_digit.value, wrong);
        if !matches!(record.unit, UnitKind::Stock | UnitKind::Loaner) {
            count("owners.conquest", p.owners.conquest.value, record.delivered_on.is_none());
        }
        if record.unit == UnitKind::Retail {
            let owner = record.owner.clone();
            if let Some(before) = before.take() {
                count("people.second_car", p.people.second_car.value, owner == before);
                if owner == before {
                    continue;
                }
            }
            before = Some(owner);
        }
    }
}

/// Who had not signed and comes in the run.
fn signing(scene: &Scene, p: &Parameters, consents: &BTreeMap<String, bool>, tally: &mut Tally) {
    let owners: BTreeMap<_, _> =
        scene.vehicles().into_iter().map(|record| (&record.vehicle, record.owner.as_ref())).collect();
    for order in &scene.truth.orders {
        let owner = owners.get(&order.vehicle).copied().flatten();
        let signed = owner.and_then(|owner| consents.get(owner.expose())) == Some(&true);
        if signed || owner.is_none() || order.at < scene.world.start() || order.at > scene.before_end(1) {
            continue;
        }
        let id = format!("{}/signed", order.ro.as_str().split('/').nth(1).unwrap());
        let signs = scene.inputs.iter().any(|input| input.id == id);
        tally.trial("people.signs_at_visit", p.people.signs_at_visit.value, signs);
    }
}
