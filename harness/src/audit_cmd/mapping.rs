//! How a store's headings, dates and words are read: versioned data.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use chrono_tz::Tz;
use fixedops_vocab::{DistanceUnit, PayType, PolicyVersion};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use crate::outcome::CommandError;

/// A mapping as its file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub version: PolicyVersion,
    pub source: String,
    /// Shown on the page: what kind of store this is.
    #[serde(default)]
    pub note: Option<String>,
    #[serde(deserialize_with = "zone")]
    pub timezone: Tz,
    /// The day the audit speaks of; found in the data where it is not given.
    #[serde(default)]
    pub extract_date: Option<NaiveDate>,
    pub date_formats: Vec<String>,
    #[serde(default)]
    pub time_formats: Vec<String>,
    /// Between the fields of a row; found in the header where it is not given.
    #[serde(default, deserialize_with = "separator")]
    pub field_separator: Option<u8>,
    #[serde(default = "pipe")]
    pub list_separator: char,
    #[serde(default = "miles")]
    pub odometer_unit: DistanceUnit,
    #[serde(default)]
    pub words: Words,
    pub repair_orders: OrderColumns,
    #[serde(default)]
    pub appointments: AppointmentColumns,
    #[serde(default)]
    pub customers: CustomerColumns,
    #[serde(default)]
    pub vehicles: VehicleColumns,
    #[serde(default)]
    pub pings: PingColumns,
    #[serde(default)]
    pub touches: TouchColumns,
    #[serde(default)]
    pub consents: ConsentColumns,
}

fn pipe() -> char {
    '|'
}

fn miles() -> DistanceUnit {
    DistanceUnit::Miles
}

fn separator<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u8>, D::Error> {
    let text = String::deserialize(from)?;
    match text.as_bytes() {
        [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && !b"\"\r\n".contains(one) => Ok(Some(*one)),
        _ => Err(D::Error::custom(format!("field_separator {text:?} is not one sign that can part fields"))),
    }
}

fn zone<'de, D: Deserializer<'de>>(from: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(from)?;
    name.parse().map_err(|_| D::Error::custom(format!("\"{name}\" is no IANA time zone")))
}

/// What the words in the columns mean. Compared without regard to case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// What stands in a field, or an entry of a list, with nothing in it.
    pub empty: Vec<String>,
    pub yes: Vec<String>,
    pub void: Vec<String>,
    /// Departments that are the body shop; every other one, and none, is the service department.
    pub body_shop: Vec<String>,
    pub cancelled: Vec<String>,
    pub arrived: Vec<String>,
    pub no_show: Vec<String>,
    pub not_retail: Vec<String>,
    pub written_consent: Vec<String>,
    pub oral_consent: Vec<String>,
    pub text: Vec<String>,
    pub call: Vec<String>,
    pub email: Vec<String>,
    pub pay_types: BTreeMap<String, PayType>,
}

/// Whether `word` is one of `words`.
pub fn is_one(words: &[String], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
}

impl Words {
    /// The pay type a word stands for.
    pub fn pay_type(&self, word: &str) -> Option<PayType> {
        let found = self.pay_types.get(word);
        found
            .or_else(|| {
                self.pay_types.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, pay)| pay)
            })
            .copied()
    }
}

/// What a row of repair orders is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsAre {
    /// A repair order, with lists inside columns.
    #[default]
    Order,
    /// One line of it.
    Line,
}

/// The headings of one field: of several columns the first that is not empty counts.
#[derive(Clone, Debug, Default)]
pub struct Headings(pub Vec<String>);

impl<'de> Deserialize<'de> for Headings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Headings;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a heading or a list of headings")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Headings, E> {
                Ok(Headings(vec![text.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Headings, A::Error> {
                let mut all = Vec::new();
                while let Some(heading) = list.next_element()? {
                    all.push(heading);
                }
                Ok(Headings(all))
            }
        }
        from.deserialize_any(OneOrMany)
    }
}

/// The columns of one file: a field of the mapping each, numbered in this order.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident, $fields:ident { $($field:ident),+ } $(with { $($more:ident: $type:ty),+ })?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(pub $field: Headings,)+
            $($(pub $more: $type,)+)?
        }

        /// Its fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "spelled as in the mapping")]
        pub enum $fields { $($field,)+ }

        impl $name {
            /// Every field with its headings, in order.
            pub fn all(&self) -> Vec<(&'static str, &Headings)> {
                vec![$((stringify!($field), &self.$field),)+]
            }
        }

        impl From<$fields> for usize {
            fn from(field: $fields) -> usize {
                field as usize
            }
        }
    };
}

columns! {
    /// Repair orders.
    OrderColumns, OrderField {
        dealer, number, status, department, opened, opened_time, closed, closed_time, mileage, vin, customer, phone, email, opt_out,
        block_automatic_messages, block_phone, block_mail, line, operations, pay_types, amounts, declined, recommended,
        recommendations, recommended_amounts, customer_pay, customer_pay_parts
    } with { rows: RowsAre }
}
columns! {
    /// Appointments.
    AppointmentColumns, AppointmentField { dealer, vin, customer, order, starts, starts_time, created, status }
}
columns! {
    /// Customers.
    CustomerColumns, CustomerField {
        customer, phone, email, opt_out, block_automatic_messages, block_phone, block_mail
    }
}
columns! {
    /// Vehicles.
    VehicleColumns, VehicleField { vin, customer, delivered, delivery_mileage, unit }
}
columns! {
    /// GPS fixes.
    PingColumns, PingField { vin, at, latitude, longitude, speed, accuracy }
}
columns! {
    /// Touches.
    TouchColumns, TouchField { vin, customer, sent, sent_time, service, replied, replied_time }
}
columns! {
    /// Consents.
    ConsentColumns, ConsentField { customer, channel, level, given, given_time, revoked, proof }
}

impl Mapping {
    /// The shipped one, for headings like DealerVault's.
    pub fn shipped() -> Result<Self, CommandError> {
        Self::read("the shipped mapping", include_str!("../../mappings/dealervault.toml"))
    }

    /// The mapping of a file.
    pub fn of_file(path: &Path) -> Result<Self, CommandError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| CommandError::failed(format!("cannot read {}: {error}", path.display())))?;
        Self::read(&path.display().to_string(), &text)
    }

    fn read(name: &str, text: &str) -> Result<Self, CommandError> {
        let failed = |reason: &str| CommandError::failed(format!("{name}: {}", reason.trim_end()));
        let mapping: Self = toml::from_str(text).map_err(|error| failed(&error.to_string()))?;
        let orders = &mapping.repair_orders;
        for (field, headings) in [("number", &orders.number), ("opened", &orders.opened)] {
            if headings.0.is_empty() {
                return Err(failed(&format!("[repair_orders] {field} has no heading")));
            }
        }
        if mapping.date_formats.is_empty() {
            return Err(failed("date_formats is empty"));
        }
        for form in mapping.date_formats.iter().chain(&mapping.time_formats) {
            if form != super::value::EXCEL
                && chrono::format::StrftimeItems::new(form).any(|item| item == chrono::format::Item::Error)
            {
                return Err(failed(&format!("\"{form}\" is no strftime form")));
            }
        }
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(from: &str, to: &str) -> String {
        let text = include_str!("../../mappings/dealervault.toml");
        assert!(text.contains(from), "{from}");
        Mapping::read("m.toml", &text.replacen(from, to, 1))
            .err()
            .map(|error| error.message)
            .unwrap_or_default()
    }

    #[test]
    fn the_shipped_mapping_reads() {
        let mapping = Mapping::shipped().unwrap();
        assert_eq!(mapping.words.pay_type("cp"), Some(PayType::CustomerPay));
        assert_eq!(mapping.timezone, chrono_tz::America::New_York);
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_named_with_its_line_and_field() {
        for (case, from, to, says) in [
            ("no zone", "timezone = \"America/New_York\"\n", "", "missing field `timezone`"),
            ("a zone that is none", "America/New_York", "Mars/Olympus", "no IANA time zone"),
            ("a field nobody knows", "number = [\"RO", "nummer = [\"RO", "unknown field `nummer`"),
            (
                "a heading that is a number",
                "opened_time = \"Open Time\"",
                "opened_time = 7",
                "a heading or a list",
            ),
            (
                "no number",
                "number = [\"RO Number\", \"RONumber\"]\n",
                "",
                "[repair_orders] number has no heading",
            ),
            (
                "letters between fields",
                "list_separator =",
                "field_separator = \"ab\"\nlist_separator =",
                "not one sign",
            ),
            ("a form that is none", "%m/%d/%Y", "%!", "no strftime form"),
            ("an unknown pay type", "C = \"customer_pay\"", "C = \"cash\"", "unknown variant `cash`"),
            ("not TOML", "[words]", "[words", "line"),
        ] {
            let message = with(from, to);
            assert!(message.contains("m.toml") && message.contains(says), "{case}: {message}");
        }
        assert!(with("America/New_York", "Mars/Olympus").contains("line 9"));
    }
}
