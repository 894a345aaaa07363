use chrono::{DateTime, Utc};
use fixedops_vocab::{
    AppointmentId, Department, Money, OpCode, OwnershipSpan, PayType, RoId, RoLineId, ServiceId, VehicleId,
};

/// A repair order as it stands now: the latest state, not its history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RepairOrder {
    /// Its id, unique over the rooftops of a seller.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Whose vehicle it was when the order was opened.
    pub owner_span: OwnershipSpan,
    /// The write-up. What was sent at or after this instant brought nobody in.
    pub opened_at: DateTime<Utc>,
    /// The close; `None` while it is open (or open again). Only a closed order earns a credit.
    pub closed_at: Option<DateTime<Utc>>,
    /// Voided in the DMS.
    pub voided: bool,
    /// The department that wrote it.
    pub department: Department,
    /// The appointment it was made from, where the DMS says so (STAR `CREATED_FROM_APPOINTMENT`).
    pub initiated_from: Option<AppointmentId>,
    /// Its lines. The order does not matter.
    pub lines: Vec<RoLine>,
}

impl RepairOrder {
    /// The same order with its lines by id, repeated equal lines once: the form that is judged and kept.
    #[must_use]
    pub fn normalized(&self) -> Self {
        self.clone().into_normalized()
    }

    pub(crate) fn into_normalized(mut self) -> Self {
        // Lines of one id that differ stay side by side, whatever order they came in.
        self.lines.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        self.lines.dedup();
        self
    }
}

/// One line (STAR `LaborOperation`) of a repair order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoLine {
    /// Its id within the order.
    pub line: RoLineId,
    /// The dealer's code.
    pub op_code: Option<OpCode>,
    /// The service that the code stands for, where it is mapped.
    pub service: Option<ServiceId>,
    /// The words on the line.
    pub name: Option<String>,
    /// Who pays.
    pub pay_type: PayType,
    /// Labor, parts and fees of the line, tax left out; negative for a discount or a return.
    pub amount: Money,
}

impl RoLine {
    #[allow(clippy::type_complexity, reason = "every field, to make the order total")]
    fn sort_key(
        &self,
    ) -> (
        &RoLineId,
        &Option<OpCode>,
        &Option<ServiceId>,
        &Option<String>,
        PayType,
        rust_decimal::Decimal,
        fixedops_vocab::Currency,
    ) {
        let (amount, currency) = (self.amount.amount(), self.amount.currency());
        (&self.line, &self.op_code, &self.service, &self.name, self.pay_type, amount, currency)
    }
}
