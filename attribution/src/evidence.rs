use crate::word::words;

words! {
    /// What ties a visit to a trigger: a ladder, strongest first. `Ord` follows the ladder, the strongest being least.
    #[allow(clippy::exhaustive_enums, reason = "a report must name every rung")]
    Evidence {
        /// The appointment carries a booking token that one of the trigger's touches sent.
        AppointmentToken = "appointment_token",
        /// The repair order was made from an appointment that was set after a touch.
        InitiatedFromAppointment = "initiated_from_appointment",
        /// A person followed the link, then an appointment was set, then the car came at that time.
        ClickThenBooking = "click_then_booking",
        /// The person answered, then an appointment was set, then the car came at that time.
        ReplyThenBooking = "reply_then_booking",
        /// Linked work was done within the response window of a touch.
        OpCodeGroupInWindow = "op_code_group_in_window",
        /// The car came within the response window, for other work: a visit, never a credit.
        VisitOnly = "visit_only",
    }
}

impl Evidence {
    /// Whether an appointment stands behind it.
    #[must_use]
    pub const fn is_booked(self) -> bool {
        !matches!(self, Self::OpCodeGroupInWindow | Self::VisitOnly)
    }
}
