use crate::word::words;

words! {
    /// Why a line has no credit. Where several triggers failed for it, the reason of the one that came nearest, which
    /// is the order of declaration.
    #[non_exhaustive]
    Reason {
        /// The order is voided.
        Voided = "voided",
        /// The order is open, or open again.
        StillOpen = "still_open",
        /// The order closes before it opens: the record is wrong.
        ClosedBeforeOpened = "closed_before_opened",
        /// The order belongs to a department that the policy leaves out (body shop).
        ExcludedDepartment = "excluded_department",
        /// Two records carry one id and differ, or two lines of the order do.
        ConflictingRecords = "conflicting_records",
        /// Warranty, internal, sublet, manufacturer or dealer goodwill: not the customer's money.
        NotCustomerPay = "not_customer_pay",
        /// A discount, a return, or nothing charged.
        NotPositive = "not_positive",
        /// Discounts on the order leave no customer-pay dollar for this line.
        DiscountedAway = "discounted_away",
        /// The trigger that names this work was answered by another visit.
        AnsweredElsewhere = "answered_elsewhere",
        /// The visit answers a trigger; this line is other work.
        NotLinked = "not_linked",
        /// The work is linked, but the rung that would tie it is not in the policy.
        RungOff = "rung_off",
        /// The visit lies outside every window.
        OutOfWindow = "out_of_window",
        /// The only touches went out once the order was open.
        TouchedAfterOpening = "touched_after_opening",
        /// A trigger stood, and no touch of it arrived.
        NoTouch = "no_touch",
        /// The trigger belongs to another owner of the vehicle.
        OtherOwner = "other_owner",
        /// No trigger for this vehicle.
        NoTrigger = "no_trigger",
    }
}
