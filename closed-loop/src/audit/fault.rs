use fixedops_odometer_core::{Reason, Repair};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $stands:ident, $cost:ident, $label:literal, $fix:literal;)+) => {
        /// What can be wrong with an extract: its rows, its dates and money, its vehicles, its odometers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum FaultKind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl FaultKind {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// In words.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Why a row is set aside, in words.
            #[must_use]
            pub fn reason(self) -> &'static str {
                match self {
                    Self::DuplicateIdentical => "stands there twice, word for word",
                    Self::DuplicateDifferent => "superseded by another version of the same number",
                    Self::Voided => "voided",
                    Self::FutureDate => "dated in the future",
                    Self::DateTooEarly => "dated before 1980",
                    Self::NoSubject => "names neither vehicle nor customer",
                    Self::VinBad => "a VIN that cannot be one",
                    Self::VehicleUnknown => "a vehicle without any repair order",
                    other => other.label(),
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)+ }
            }

            /// What becomes of what it is found on.
            #[must_use]
            pub const fn stands(self) -> Stands {
                match self { $(Self::$name => Stands::$stands,)+ }
            }

            /// What it costs.
            #[must_use]
            pub const fn cost(self) -> Cost {
                match self { $(Self::$name => Cost::$cost,)+ }
            }
        }
    };
}

/// What becomes of a row or reading with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a row counts, does not count, or a reading is judged")]
pub enum Stands {
    /// The row is set aside.
    Aside,
    /// The row counts; the field that is wrong does not.
    Used,
    /// A reading, set aside or repaired; its row counts.
    Reading,
}

/// How the dollars at stake of a fault are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "every fault costs in one of these ways")]
pub enum Cost {
    /// The customer-pay dollars on the rows.
    Rows,
    /// The store's mean customer-pay visit, once for every vehicle in play it touches.
    Visits,
    /// The amounts themselves.
    Amount,
    /// No dollars.
    Nothing,
}

impl Cost {
    /// In words.
    #[must_use]
    pub const fn how(self) -> &'static str {
        match self {
            Self::Rows => "customer-pay dollars on these rows: nothing can be followed from them",
            Self::Visits => {
                "one mean customer-pay visit for every vehicle in play whose next reminder goes wrong by it"
            }
            Self::Amount => "the negative amounts themselves",
            Self::Nothing => "no dollars: said so that it can be put right",
        }
    }
}

kinds! {
    /// Not a row of CSV.
    UnreadableRow = "unreadable_row", Aside, Rows, "Rows that cannot be read at all",
        "Have the export quote its text fields and end every row with one line break.";
    /// More fields than the header has names.
    TooManyFields = "too_many_fields", Aside, Rows, "Rows with more fields than the header",
        "Have the export quote fields that hold a comma.";
    /// No number.
    NumberMissing = "number_missing", Aside, Rows, "Rows without a repair order number",
        "Ask the exporter why these rows have no number; they may be counter tickets.";
    /// No date.
    DateMissing = "date_missing", Aside, Rows, "Rows without a date",
        "Ask for the open date of every repair order in the export.";
    /// A date that reads in none of the formats.
    DateUnreadable = "date_unreadable", Aside, Rows, "Rows whose date cannot be read",
        "Name every date format of the file in the mapping, or export one format only.";
    /// Dated after the last day.
    FutureDate = "future_date", Aside, Rows, "Rows dated in the future",
        "Correct the dates in the DMS; one slip moves a due date by years.";
    /// Dated before there were such records.
    DateTooEarly = "date_too_early", Aside, Rows, "Rows dated before 1980",
        "Correct the dates in the DMS.";
    /// The same row again.
    DuplicateIdentical = "duplicate_identical", Aside, Nothing, "Repair orders that stand there twice, word for word",
        "Nothing is lost: overlapping exports repeat rows.";
    /// The same number again, with something else.
    DuplicateDifferent = "duplicate_different", Aside, Nothing, "Repair orders superseded by another version of the same number",
        "Nothing is lost where the later version is right; ask for the final state of each repair order only.";
    /// Voided.
    Voided = "voided", Aside, Nothing, "Voided repair orders",
        "Nothing: voided orders did no work.";
    /// Names nobody and nothing.
    NoSubject = "no_subject", Aside, Rows, "Rows that name neither vehicle nor customer",
        "Export the VIN and the customer number with every row.";
    /// A number or place that cannot be.
    ValueUnreadable = "value_unreadable", Aside, Rows, "Rows with a value that cannot be read",
        "Correct the field that the report names.";
    /// Fewer fields than the header has names.
    ShortRow = "short_row", Used, Nothing, "Rows with fewer fields than the header",
        "Have the export write every field of every row, empty ones too.";
    /// Text that is not UTF-8.
    NotUtf8 = "not_utf8", Used, Nothing, "Rows with characters that are not UTF-8",
        "Export as UTF-8; they were read as Latin-1.";
    /// A date that reads only in another format than the first.
    MixedDateFormat = "mixed_date_format", Used, Nothing, "Rows with dates in another format than the file's first",
        "Export one date format; day and month can be taken for each other.";
    /// A year of two digits.
    TwoDigitYear = "two_digit_year", Used, Nothing, "Rows with years of two digits",
        "Export years with four digits.";
    /// A date that is not needed, unreadable.
    OtherDateUnreadable = "other_date_unreadable", Used, Nothing, "Rows with a closing or promise date that cannot be read",
        "Name every date format of the file in the mapping.";
    /// Closed before it was opened.
    ClosesBeforeOpens = "closes_before_opens", Used, Nothing, "Repair orders closed before they were opened",
        "Correct the dates; until then their mileage is not used.";
    /// An amount that is no amount.
    MoneyUnreadable = "money_unreadable", Used, Nothing, "Rows with an amount that cannot be read",
        "Export amounts as plain numbers.";
    /// A line below zero.
    NegativeLine = "negative_line", Used, Amount, "Repair orders with a negative line",
        "Check that discounts and returns are meant; they lower the mean visit.";
    /// A customer-pay total below zero.
    NegativeOrder = "negative_order", Used, Amount, "Repair orders with a negative customer-pay total",
        "Book refunds on the repair order they belong to.";
    /// In a file of lines, a total that is not that of the line.
    LineTotal = "line_total", Used, Nothing, "Lines with a customer-pay total that is not their own",
        "Leave customer_pay out of the mapping if the file repeats the total of the order on every line; the amounts of the lines were counted.";
    /// A pay type nobody told us about.
    PayTypeUnknown = "pay_type_unknown", Used, Rows, "Rows with a pay type the mapping does not know",
        "Add the pay type to the mapping.";
    /// Lists of one row that differ in length.
    RaggedList = "ragged_list", Used, Nothing, "Rows whose lists differ in length",
        "Export one entry a line in every list, empty ones too; until then pay types and amounts of these lines are unknown.";
    /// A mileage that is no number.
    MileageUnreadable = "mileage_unreadable", Used, Visits, "Rows whose mileage cannot be read",
        "Make the mileage a number that must be typed at write-up.";
    /// No mileage.
    MileageMissing = "mileage_missing", Used, Visits, "Repair orders without a mileage",
        "Ask for the mileage at every write-up: it is the cheapest source there is.";
    /// No VIN.
    VinMissing = "vin_missing", Used, Rows, "Repair orders without a VIN",
        "Scan the VIN at write-up: without it the visit belongs to no car and no reminder can follow it.";
    /// A VIN that cannot be one.
    VinBad = "vin_bad", Used, Rows, "Repair orders with a VIN that cannot be one",
        "Scan VINs instead of typing them; look for the letters I, O and Q and for missing characters.";
    /// The check digit does not fit.
    VinCheckDigit = "vin_check_digit", Used, Visits, "VINs whose check digit does not fit",
        "Compare these VINs with the car: one character is likely wrong, and the history is split in two.";
    /// No customer.
    CustomerMissing = "customer_missing", Used, Rows, "Repair orders without a customer",
        "Link every repair order to a customer record.";
    /// One number, two vehicles.
    NumberOnTwoVehicles = "number_on_two_vehicles", Used, Rows, "Repair order numbers used for two vehicles",
        "Export the store or a running year with the number.";
    /// Two customers on one VIN.
    TwoCustomersOneVin = "two_customers_one_vin", Used, Visits, "Vehicles with more than one customer",
        "Merge customer records of one household, and close the record of an owner who sold the car.";
    /// A telephone number that is none.
    PhoneBad = "phone_bad", Used, Visits, "Customers with a telephone number that is none",
        "Ask for the number again at write-up.";
    /// A mailbox that is none.
    EmailBad = "email_bad", Used, Visits, "Customers with an e-mail address that is none",
        "Ask for the address again at write-up.";
    /// A customer of another file who is in no repair order and owns no vehicle.
    CustomerUnknown = "customer_unknown", Used, Nothing, "Rows about a customer without any repair order",
        "Check that both files write the customer number alike; a spreadsheet drops leading zeros.";
    /// A vehicle without a repair order.
    VehicleUnknown = "vehicle_unknown", Used, Nothing, "Rows about a vehicle without any repair order",
        "Check that all files cover the same store and years.";
    /// Below zero.
    OdometerNegative = "odometer_negative", Reading, Visits, "Mileages below zero", "Correct the mileage in the DMS.";
    /// Beyond an odometer.
    OdometerBeyond = "odometer_beyond", Reading, Visits, "Mileages beyond any odometer", "Correct the mileage in the DMS.";
    /// A date that cannot be.
    OdometerBadDate = "odometer_bad_date", Reading, Visits, "Mileages with a date that cannot be", "Correct the date in the DMS.";
    /// Zero.
    OdometerZero = "odometer_zero", Reading, Visits, "Mileages of zero in the middle of a history",
        "Do not let a write-up go on with mileage 0.";
    /// 111111 and the like.
    OdometerPlaceholder = "odometer_placeholder", Reading, Visits, "Mileages typed to get past the question (111111, 123456)",
        "Do not let a write-up go on with such a number.";
    /// Lower than before.
    OdometerRollback = "odometer_rollback", Reading, Visits, "Mileages lower than the car already had",
        "Show the last mileage at write-up and ask where the new one is lower.";
    /// Higher than can be.
    OdometerTooFast = "odometer_too_fast", Reading, Visits, "Mileages higher than the car can have driven",
        "Show the last mileage at write-up and ask where the new one is far higher.";
    /// Dated ahead.
    OdometerFutureDate = "odometer_future_date", Reading, Visits, "Mileages dated after the extract was made",
        "Look at these orders' dates by hand.";
    /// Carried over.
    OdometerStaleRepeat = "odometer_stale_repeat", Reading, Visits, "Mileages carried over from the visit before",
        "Read the dash at write-up; do not copy the last mileage.";
    /// Engine hours.
    OdometerHourMeter = "odometer_hour_meter", Reading, Visits, "Mileages that are an hour meter's",
        "Type the odometer, not the engine hours.";
    /// Another car's.
    OdometerOtherVehicle = "odometer_other_vehicle", Reading, Visits, "Mileages that look like another car's, several times",
        "Check the VIN at write-up: two cars may be written up as one.";
    /// No line.
    OdometerNoLine = "odometer_no_line", Reading, Visits, "Mileages of cars whose history holds no common line",
        "Look at these cars by hand: two cars may share a VIN.";
    /// A digit left out.
    OdometerDroppedDigit = "odometer_dropped_digit", Reading, Visits, "Mileages with a digit left out (repaired)",
        "Show the last mileage at write-up.";
    /// A digit too many.
    OdometerExtraDigit = "odometer_extra_digit", Reading, Visits, "Mileages with a digit too many (repaired)",
        "Show the last mileage at write-up.";
    /// Digits swapped.
    OdometerSwappedDigits = "odometer_swapped_digits", Reading, Visits, "Mileages with two digits swapped (repaired)",
        "Show the last mileage at write-up.";
    /// A digit wrong.
    OdometerWrongDigit = "odometer_wrong_digit", Reading, Visits, "Mileages with one digit wrong (repaired)",
        "Show the last mileage at write-up.";
    /// Kilometres as miles.
    OdometerKilometres = "odometer_kilometres", Reading, Visits, "Kilometers entered as miles (repaired)",
        "Ask which unit the dash shows.";
    /// Miles as kilometres.
    OdometerMiles = "odometer_miles", Reading, Visits, "Miles entered as kilometers (repaired)",
        "Ask which unit the dash shows.";
    /// Tenths as miles.
    OdometerTenths = "odometer_tenths", Reading, Visits, "Tenths entered as miles (repaired)",
        "Leave the tenths of the dash out.";
    /// Metres as kilometres.
    OdometerMetres = "odometer_metres", Reading, Visits, "Meters entered as kilometers (repaired)",
        "Check the unit of the device that sends them.";
    /// Beyond 99,999.
    OdometerRollover = "odometer_rollover", Reading, Visits, "Five-digit odometers that began again (repaired)",
        "Type six digits for cars beyond 99,999 miles.";
}

impl FaultKind {
    /// Its place in [`Self::ALL`]: below 64, for sets in one word.
    pub(super) const fn place(self) -> u32 {
        self as u32
    }

    /// The kind of a reading that was set aside.
    #[must_use]
    pub const fn of_reason(reason: Reason) -> Self {
        match reason {
            Reason::Negative => Self::OdometerNegative,
            Reason::BeyondOdometer => Self::OdometerBeyond,
            Reason::BadDate => Self::OdometerBadDate,
            Reason::Zero => Self::OdometerZero,
            Reason::Placeholder => Self::OdometerPlaceholder,
            Reason::Rollback => Self::OdometerRollback,
            Reason::TooFast => Self::OdometerTooFast,
            Reason::FutureDate => Self::OdometerFutureDate,
            Reason::StaleRepeat => Self::OdometerStaleRepeat,
            Reason::HourMeter => Self::OdometerHourMeter,
            Reason::OtherVehicle => Self::OdometerOtherVehicle,
            // The list of reasons may grow: what is not known here fits no line either.
            _ => Self::OdometerNoLine,
        }
    }

    /// The kind of a reading that was repaired.
    #[must_use]
    pub const fn of_repair(repair: Repair) -> Self {
        match repair {
            Repair::DroppedDigit => Self::OdometerDroppedDigit,
            Repair::ExtraDigit => Self::OdometerExtraDigit,
            Repair::SwappedDigits => Self::OdometerSwappedDigits,
            Repair::KilometresAsMiles => Self::OdometerKilometres,
            Repair::MilesAsKilometres => Self::OdometerMiles,
            Repair::TenthsAsMiles => Self::OdometerTenths,
            Repair::MetresAsKilometres => Self::OdometerMetres,
            Repair::Rollover => Self::OdometerRollover,
            // As above.
            _ => Self::OdometerWrongDigit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_of_the_odometer_has_a_fault_of_its_own_and_all_fit_one_word() {
        let kinds: std::collections::BTreeSet<FaultKind> = Reason::ALL
            .iter()
            .map(|reason| FaultKind::of_reason(*reason))
            .chain(Repair::ALL.iter().map(|repair| FaultKind::of_repair(*repair)))
            .collect();
        assert_eq!(kinds.len(), Reason::ALL.len() + Repair::ALL.len());
        assert!(kinds.iter().all(|kind| kind.stands() == Stands::Reading));
        for (place, kind) in (0..64).zip(FaultKind::ALL) {
            assert_eq!(kind.place(), place);
        }
        assert!(FaultKind::ALL.len() <= 64);
    }
}
