//! `repair_orders.csv`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use fixedops_closed_loop::audit::{
    ContactState, CustomerRow, Department, ExtractFile, FaultKind, OrderLine, OrderRow, RowAt,
};
use fixedops_vocab::PayType;

use super::contact;
use super::mapping::{Mapping, OrderField as Field, RowsAre, is_one};
use super::read::{Reader, odometer, open, optional_date, push, required_date, yes};
use super::sheet::SheetRow;
use super::value::{cents, entries};
use crate::outcome::CommandError;

const FILE: ExtractFile = ExtractFile::RepairOrders;

/// Contact points read already: two million rows repeat the same few customers.
#[derive(Default)]
struct Seen(HashMap<u64, u64, BuildHasherDefault<DefaultHasher>>);

impl Seen {
    /// Whether this customer's contact points are other than when he was last seen.
    fn is_new(&mut self, customer: &str, contact: &[Option<Cow<'_, str>>], flags: [bool; 3]) -> bool {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let now = hasher.hash_one((contact, flags));
        self.0.insert(hasher.hash_one(customer), now) != Some(now)
    }
}

/// Reads the repair orders.
pub fn read(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    let mapping = reader.mapping;
    let columns = &mapping.repair_orders;
    let Some((mut sheet, path)) = open(reader, FILE, &columns.all(), &["number", "opened"])? else {
        return Ok(());
    };
    let (mut faults, mut seen) = (Vec::new(), Seen::default());
    while let Some(row) = sheet.next_row()? {
        faults.clear();
        let line = row.line();
        let read = row.check(&mut faults).and_then(|()| {
            if row.is_latin() {
                push(&mut faults, FaultKind::NotUtf8);
            }
            let number = row.text(Field::number);
            let number = number.ok_or_else(|| (FaultKind::NumberMissing, row.bad(Field::number, "empty")))?;
            let time = Some(Field::opened_time.into());
            let opened = required_date(&reader.dates, &row, Field::opened, time, &mut faults)?;
            Ok((number, opened))
        });
        let (number, opened) = match read {
            Ok(read) => read,
            Err(aside) => {
                let paid = customer_pay(&row, &mut faults);
                reader.aside(FILE, &path, line, &aside, paid)?;
                continue;
            }
        };
        let number = match row.text(Field::dealer) {
            Some(dealer) => Cow::Owned(format!("{dealer}/{number}")),
            None => number,
        };
        let closed =
            optional_date(&reader.dates, &row, Field::closed, Some(Field::closed_time.into()), &mut faults);
        // On the day it was opened, at a time nobody wrote down: not before.
        let closed =
            closed.map(
                |(closed, timed)| {
                    if !timed && closed.date() == opened.date() { closed.max(opened) } else { closed }
                },
            );
        let odometer = odometer(mapping, &row, Field::mileage, &mut faults);
        let is_line = columns.rows == RowsAre::Line;
        let texts = Texts::of(&row);
        let separator = mapping.list_separator;
        let mut lines = texts.lines(separator, &mapping.words, &mut faults);
        if is_line && yes(mapping, &row, Field::declined) {
            lines.iter_mut().for_each(|line| line.declined = true);
        }
        let paid = match (customer_pay(&row, &mut faults), own_pay(&lines)) {
            // The total of the whole order on each of its lines would count it several times.
            (Some(total), Some(own)) if is_line && total != own => {
                push(&mut faults, FaultKind::LineTotal);
                Some(own)
            }
            (total, _) => total.or_else(|| sum_of(&lines)),
        };
        let status = row.text(Field::status);
        let (vin, customer, line_id) =
            (row.text(Field::vin), row.text(Field::customer), row.text(Field::line));
        let told = reader.builder.order(&OrderRow {
            at: RowAt { line, faults: &faults },
            number: &number,
            vin: vin.as_deref(),
            customer: customer.as_deref(),
            opened,
            closed,
            voided: status.is_some_and(|status| is_one(&mapping.words.void, &status)),
            department: row.text(Field::department).map(|word| department(mapping, &word)),
            odometer,
            customer_pay: paid,
            lines: &lines,
            line_id: line_id.as_deref(),
            one_of_many: is_line,
        });
        if let Some(customer) = &customer {
            let contact = [row.text(Field::phone), row.text(Field::email)];
            let flags = [
                yes(mapping, &row, Field::opt_out) || yes(mapping, &row, Field::block_automatic_messages),
                yes(mapping, &row, Field::block_phone),
                yes(mapping, &row, Field::block_mail),
            ];
            if seen.is_new(customer, &contact, flags) {
                let [phone, email] = &contact;
                let [opt_out, block_phone, block_mail] = flags;
                let row = CustomerRow {
                    at: RowAt { line, faults: &[] },
                    customer,
                    phone: phone.as_deref().map_or(ContactState::Missing, contact::phone),
                    email: email.as_deref().map_or(ContactState::Missing, contact::email),
                    opt_out,
                    block_phone,
                    block_mail,
                };
                reader.builder.customer_inside(FILE, &row);
            }
        }
        reader.told(&path, told)?;
    }
    Ok(())
}

/// The department a word stands for.
fn department(mapping: &Mapping, word: &str) -> Department {
    if is_one(&mapping.words.body_shop, word) { Department::BodyShop } else { Department::Service }
}

/// What the customer paid for the row: its total, or the sum of its parts.
fn customer_pay(row: &SheetRow<'_>, faults: &mut Vec<FaultKind>) -> Option<i64> {
    let mut bad = false;
    let mut read = |text: Cow<'_, str>| {
        let found = cents(&text);
        bad |= found.is_none();
        found
    };
    let total = match row.text(Field::customer_pay) {
        Some(text) => read(text),
        None => {
            row.texts(Field::customer_pay_parts.into()).map(&mut read).fold(None, |sum: Option<i64>, part| {
                match (sum, part) {
                    (Some(sum), Some(part)) => sum.checked_add(part),
                    (sum, part) => sum.or(part),
                }
            })
        }
    };
    if bad {
        push(faults, FaultKind::MoneyUnreadable);
        return None;
    }
    total
}

/// The customer-pay lines that have an amount.
fn sum_of(lines: &[OrderLine<'_>]) -> Option<i64> {
    let paid = lines.iter().filter(|line| line.pay_type == Some(PayType::CustomerPay) && !line.declined);
    paid.filter_map(|line| line.amount)
        .fold(None, |sum: Option<i64>, cents| Some(sum.unwrap_or(0).saturating_add(cents)))
}

/// What the customer pays for a line, by its own pay type and amount.
fn own_pay(lines: &[OrderLine<'_>]) -> Option<i64> {
    let [line] = lines else { return None };
    match (line.pay_type?, line.amount?) {
        (PayType::CustomerPay, amount) if !line.declined => Some(amount),
        _ => Some(0),
    }
}

/// The columns that hold lists, as they stand.
struct Texts<'a> {
    operations: Option<Cow<'a, str>>,
    pay_types: Option<Cow<'a, str>>,
    amounts: Option<Cow<'a, str>>,
    recommended: Option<Cow<'a, str>>,
    recommendations: Option<Cow<'a, str>>,
    recommended_amounts: Option<Cow<'a, str>>,
}

impl<'a> Texts<'a> {
    fn of(row: &SheetRow<'a>) -> Self {
        Self {
            operations: row.text(Field::operations),
            pay_types: row.text(Field::pay_types),
            amounts: row.text(Field::amounts),
            recommended: row.text(Field::recommended),
            recommendations: row.text(Field::recommendations),
            recommended_amounts: row.text(Field::recommended_amounts),
        }
    }
}

/// Longest code that is kept, in bytes: a recommendation may be a sentence.
const LONGEST_CODE: usize = 64;

impl Texts<'_> {
    /// The lists taken apart, entry by entry.
    fn lines<'t>(
        &'t self,
        separator: char,
        words: &super::mapping::Words,
        faults: &mut Vec<FaultKind>,
    ) -> Vec<OrderLine<'t>> {
        let mut lines = Vec::new();
        let split = |text: &'t Option<Cow<'_, str>>| {
            let mut list = Vec::new();
            if let Some(text) = text {
                entries(text, separator, &words.empty, &mut list);
            }
            list
        };
        let (codes, pay_types, amounts) =
            (split(&self.operations), split(&self.pay_types), split(&self.amounts));
        // Entry by entry where the lists agree; where they do not, nobody can say what belongs to what.
        let mut fits = |list: &[&str], codes: &[&str]| {
            let fits = list.len() == codes.len();
            if !fits && !list.is_empty() {
                push(faults, FaultKind::RaggedList);
            }
            fits
        };
        let (types_fit, amounts_fit) = (fits(&pay_types, &codes), fits(&amounts, &codes));
        let (mut wanted, mut priced) = (split(&self.recommended), split(&self.recommended_amounts));
        if wanted.is_empty() {
            wanted = split(&self.recommendations);
        }
        if !fits(&priced, &wanted) {
            priced.clear();
        }
        let mut unknown_type = false;
        let mut bad_money = false;
        let mut money = |text: Option<&&str>| {
            let text = text.filter(|text| !text.is_empty())?;
            let found = cents(text);
            bad_money |= found.is_none();
            found
        };
        for (place, code) in codes.iter().enumerate().filter(|(_, code)| !code.is_empty()) {
            let word = pay_types.get(place).filter(|word| types_fit && !word.is_empty());
            let pay_type = word.and_then(|word| words.pay_type(word));
            unknown_type |= word.is_some() && pay_type.is_none();
            let amount = if amounts_fit { money(amounts.get(place)) } else { None };
            lines.push(OrderLine { op_code: cut(code), pay_type, amount, declined: false });
        }
        for (place, code) in wanted.iter().enumerate().filter(|(_, code)| !code.is_empty()) {
            let amount = money(priced.get(place));
            lines.push(OrderLine { op_code: cut(code), pay_type: None, amount, declined: true });
        }
        if unknown_type {
            push(faults, FaultKind::PayTypeUnknown);
        }
        if bad_money {
            push(faults, FaultKind::MoneyUnreadable);
        }
        lines
    }
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_CODE.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}
