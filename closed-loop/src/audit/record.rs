use chrono::{NaiveDate, NaiveDateTime};
use fixedops_attribution::Department;
use fixedops_vocab::{Channel, ConsentLevel, PayType, RawOdometer};
use serde::{Deserialize, Serialize};

/// The files of an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "an extract has these seven")]
pub enum ExtractFile {
    /// Repair orders: the one that must be there.
    RepairOrders,
    /// Appointments.
    Appointments,
    /// Customers.
    Customers,
    /// Vehicles.
    Vehicles,
    /// GPS fixes.
    Pings,
    /// Messages and calls that went out.
    Touches,
    /// Consents on record.
    Consents,
}

impl ExtractFile {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::RepairOrders,
        Self::Appointments,
        Self::Customers,
        Self::Vehicles,
        Self::Pings,
        Self::Touches,
        Self::Consents,
    ];

    /// Its name in data: `repair_orders`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RepairOrders => "repair_orders",
            Self::Appointments => "appointments",
            Self::Customers => "customers",
            Self::Vehicles => "vehicles",
            Self::Pings => "pings",
            Self::Touches => "touches",
            Self::Consents => "consents",
        }
    }

    /// Its file: `repair_orders.csv`.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{}.csv", self.as_str())
    }

    /// What cannot be said without it.
    #[must_use]
    pub const fn without_it(self) -> &'static str {
        match self {
            Self::RepairOrders => "nothing can be said",
            Self::Appointments => "no show rate, and the path cannot be followed through the scheduler",
            Self::Customers => "contact points and opt-outs are those of the repair orders, if any",
            Self::Vehicles => "delivery dates and kinds of unit are not known",
            Self::Pings => "no mileage comes from GPS",
            Self::Touches => "nobody knows who was contacted: the path breaks there",
            Self::Consents => "no consent can be proven: nobody may be sent marketing by text",
        }
    }
}

/// A row of a file, as it stands: its place and the faults its reader met that do not set it aside.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowAt<'a> {
    /// Line on which the row begins; the header is line 1.
    pub line: u64,
    /// What the reader found wrong with it.
    pub faults: &'a [super::FaultKind],
}

/// A repair order, or one line of it. Times are the store's own civil time.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// Its number, unique in the extract (with the store where the extract holds several).
    pub number: &'a str,
    /// The VIN as written.
    pub vin: Option<&'a str>,
    /// The customer's number.
    pub customer: Option<&'a str>,
    /// When it was opened.
    pub opened: NaiveDateTime,
    /// When it was closed.
    pub closed: Option<NaiveDateTime>,
    /// Whether it was voided.
    pub voided: bool,
    /// The department that wrote it. `None`: not told, and taken to be the service department's.
    pub department: Option<Department>,
    /// The odometer at write-up.
    pub odometer: Option<RawOdometer>,
    /// What the customer paid for the whole order (of this line, in a file of lines), cents. `None`: not known.
    pub customer_pay: Option<i64>,
    /// The operations.
    pub lines: &'a [OrderLine<'a>],
    /// The number of the line in the order, in a file of lines.
    pub line_id: Option<&'a str>,
    /// The file holds one row for each line: rows of one number belong together.
    pub one_of_many: bool,
}

/// One operation of a repair order.
#[derive(Clone, Copy, Debug)]
pub struct OrderLine<'a> {
    /// The operation code.
    pub op_code: &'a str,
    /// Who pays; `None`: not known.
    pub pay_type: Option<PayType>,
    /// Cents; `None`: not known.
    pub amount: Option<i64>,
    /// Whether it was recommended and not done on this order.
    pub declined: bool,
}

/// How a contact point looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is none, one, or one that is none")]
pub enum ContactState {
    /// None on record.
    #[default]
    Missing,
    /// Well formed.
    WellFormed,
    /// Something that is none.
    Malformed,
}

impl ContactState {
    pub(super) const fn is_good(self) -> bool {
        matches!(self, Self::WellFormed)
    }

    pub(super) const fn is_bad(self) -> bool {
        matches!(self, Self::Malformed)
    }

    pub(super) const fn place(self) -> usize {
        match self {
            Self::WellFormed => 0,
            Self::Malformed => 1,
            Self::Missing => 2,
        }
    }
}

/// A customer.
#[derive(Clone, Copy, Debug)]
pub struct CustomerRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// The customer's number.
    pub customer: &'a str,
    /// His telephone.
    pub phone: ContactState,
    /// His mailbox.
    pub email: ContactState,
    /// He opted out of everything, or of automatic messages.
    pub opt_out: bool,
    /// He is not to be called or texted.
    pub block_phone: bool,
    /// He is not to be written to.
    pub block_mail: bool,
}

/// A vehicle.
#[derive(Clone, Copy, Debug)]
pub struct VehicleRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// The VIN as written.
    pub vin: Option<&'a str>,
    /// Its owner.
    pub customer: Option<&'a str>,
    /// When it was delivered to him.
    pub delivered: Option<NaiveDate>,
    /// The odometer then.
    pub delivery_odometer: Option<RawOdometer>,
    /// Not a customer's car: stock, loaner, fleet, employee, wholesale.
    pub not_retail: bool,
}

/// An appointment.
#[derive(Clone, Copy, Debug)]
pub struct AppointmentRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// The VIN as written.
    pub vin: Option<&'a str>,
    /// The customer's number.
    pub customer: Option<&'a str>,
    /// When the customer is to come.
    pub starts: NaiveDateTime,
    /// When it was made.
    pub created: Option<NaiveDateTime>,
    /// Called off.
    pub cancelled: bool,
    /// The customer came; `None`: not known.
    pub arrived: Option<bool>,
    /// The repair order that came of it.
    pub order: Option<&'a str>,
}

/// A message or call that went out.
#[derive(Clone, Copy, Debug)]
pub struct TouchRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// The VIN as written.
    pub vin: Option<&'a str>,
    /// The customer's number.
    pub customer: Option<&'a str>,
    /// When it went out.
    pub sent: NaiveDateTime,
    /// The service or operation code it was about; `None`: not said.
    pub service: Option<&'a str>,
    /// When the customer first answered (other than by an opt-out); `None`: not known.
    pub replied: Option<NaiveDateTime>,
}

/// A consent on record.
#[derive(Clone, Copy, Debug)]
pub struct ConsentRow<'a> {
    /// Where it stands.
    pub at: RowAt<'a>,
    /// The customer's number.
    pub customer: &'a str,
    /// The channels it names; empty: not known.
    pub channels: &'a [Channel],
    /// What it was taken as; `None`: not known.
    pub level: Option<ConsentLevel>,
    /// When it was given; `None`: nobody wrote it down.
    pub given: Option<NaiveDateTime>,
    /// When it was revoked.
    pub revoked: Option<NaiveDateTime>,
    /// Whether something is kept that proves it.
    pub proof: bool,
}
