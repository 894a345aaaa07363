use std::collections::BTreeMap;

use fixedops_vocab::PayType;
use rust_decimal::Decimal;
use serde_json::Value;

use super::promises::{Breach, Place, Promise, Wrong, form, text};
use crate::Event;

/// The repair order lines of a partition and their credits.
#[derive(Debug, Default)]
pub(super) struct Credits {
    /// What customers pay, by repair order, then line.
    customer_pay: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// Credits in force, by repair order and line.
    in_force: BTreeMap<(String, String), Credit>,
}

#[derive(Debug)]
struct Credit {
    place: Place,
    amount: Decimal,
    /// Whether it fitted its line when it was assigned; if not, that was reported then.
    fitted: bool,
}

impl Credits {
    /// A repair order that closes again replaces its lines.
    pub(super) fn closed(&mut self, event: &Event) -> Result<(), Wrong> {
        let ro = text(event, "ro")?;
        let wrong = || form(event, "lines");
        let mut customer_pay = BTreeMap::new();
        for line in event.data.get("lines").and_then(Value::as_array).ok_or_else(wrong)? {
            let text = |key| line.get(key).and_then(Value::as_str).ok_or_else(wrong);
            let pay_type: PayType = text("pay_type")?.parse().map_err(|_| wrong())?;
            let amount: Decimal = text("amount")?.parse().map_err(|_| wrong())?;
            let name = text("line")?.to_owned();
            if pay_type == PayType::CustomerPay && customer_pay.insert(name, amount).is_some() {
                return Err(wrong());
            }
        }
        self.customer_pay.insert(ro.to_owned(), customer_pay);
        Ok(())
    }

    pub(super) fn assigned(&mut self, event: &Event) -> Result<(), Wrong> {
        let (line, amount) = (line(event)?, amount(event)?);
        let judged = self.check(&line, amount);
        let credit = Credit { place: Place::of(event), amount, fitted: judged.is_ok() };
        match self.in_force.insert(line.clone(), credit) {
            Some(_) => Err(wrong(&line, "has a second credit in force")),
            None => judged,
        }
    }

    pub(super) fn reversed(&mut self, event: &Event) -> Result<(), Wrong> {
        let (line, amount) = (line(event)?, amount(event)?);
        match self.in_force.remove(&line) {
            Some(credit) if credit.amount == amount => Ok(()),
            Some(_) => Err(wrong(&line, "has a credit reversed at another amount")),
            None => Err(wrong(&line, "has a credit reversed that is not in force")),
        }
    }

    /// What is in force at the end must fit the lines as they stand at the end.
    pub(super) fn end(self) -> Vec<Breach> {
        let fitted = self.in_force.iter().filter(|(_, credit)| credit.fitted);
        fitted
            .filter_map(|(line, credit)| {
                self.check(line, credit.amount).err().map(|wrong| credit.place.breach(wrong))
            })
            .collect()
    }

    fn check(&self, line: &(String, String), amount: Decimal) -> Result<(), Wrong> {
        match self.customer_pay.get(&line.0).and_then(|lines| lines.get(&line.1)) {
            None => Err(wrong(line, "is credited but is no customer-pay line of a closed repair order")),
            Some(paid) if amount.is_sign_negative() || amount > *paid => {
                Err(wrong(line, &format!("is credited {amount}, and the customer pays {paid}")))
            }
            Some(_) => Ok(()),
        }
    }
}

fn line(event: &Event) -> Result<(String, String), Wrong> {
    Ok((text(event, "ro")?.to_owned(), text(event, "line")?.to_owned()))
}

fn amount(event: &Event) -> Result<Decimal, Wrong> {
    text(event, "amount")?.parse().map_err(|_| form(event, "amount"))
}

fn wrong((ro, line): &(String, String), what: &str) -> Wrong {
    (Promise::OneCredit, format!("line {line} of {ro} {what}"))
}
