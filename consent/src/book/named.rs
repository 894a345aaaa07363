/// Rules the code itself names; a book without one of them is refused.
macro_rules! named_rules {
    ($($name:ident = $id:literal),+ $(,)?) => {
        /// A rule that the code names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Named { $(#[doc = $id] $name),+ }

        impl Named {
            /// Every one with its id, in the order of the enum.
            pub(crate) const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $id)),+];
        }
    };
}

named_rules! {
    CarrierOptin = "CARRIER-OPTIN",
    CarrierStopBlock = "CARRIER-STOP-BLOCK",
    CtiaConversational = "CTIA-CONVERSATIONAL",
    CtiaPromoWrittenConsent = "CTIA-PROMO-WRITTEN-CONSENT",
    EmailCanspam = "EMAIL-CANSPAM",
    EmailAddress = "EMAIL-CANSPAM-ADDRESS",
    EmailOptout = "EMAIL-CANSPAM-OPTOUT",
    EmailOptoutMechanism = "EMAIL-CANSPAM-OPTOUT-MECH",
    EmailOneClick = "EMAIL-RFC8058",
    EmailTransactional = "EMAIL-TRANSACTIONAL",
    NoOpening = "ENG-NO-OPENING",
    NotNanp = "ENG-NOT-NANP",
    Abandon = "FED-ABANDON",
    AiVoice = "FED-AI-VOICE",
    DncEbr18 = "FED-DNC-EBR-18M",
    DncEbr3 = "FED-DNC-EBR-3M",
    DncInternal = "FED-DNC-INTERNAL",
    DncNational = "FED-DNC-NATIONAL",
    DncNotSolicitation = "FED-DNC-NATIONAL-NOT-SOLICITATION",
    DncScrub = "FED-DNC-SCRUB31",
    DncWrittenPermission = "FED-DNC-WRITTEN-PERMISSION",
    DualPurpose = "FED-DUAL-PURPOSE",
    Emergency = "FED-EMERGENCY",
    InvitedReply = "FED-INVITED-REPLY",
    OneToOneVacated = "FED-ONE-TO-ONE-VACATED",
    PrerecordedOptout = "FED-PRERECORDED-OPTOUT",
    RevokeAll = "FED-REVOKE-ALL",
    RevokeAllWaived = "FED-REVOKE-ALL-WAIVED",
    ConfirmInTime = "FED-REVOKE-CONFIRM-5MIN",
    ConfirmClarify = "FED-REVOKE-CONFIRM-CLARIFY",
    ConfirmNoMarketing = "FED-REVOKE-CONFIRM-NO-MARKETING",
    ConfirmOne = "FED-REVOKE-CONFIRM-ONE",
    RevokeOtherMeans = "FED-REVOKE-OTHER-MEANS",
    RevokePerSe = "FED-REVOKE-PERSE",
    RevokeReasonablePerson = "FED-REVOKE-REASONABLE-PERSON",
    Reassigned = "FED-RND",
    ExpressConsent = "FED-TCPA-PEC",
    WrittenConsent = "FED-TCPA-PEWC",
    HeldUnclear = "HOUSE-HELD-UNCLEAR",
    PurposeOptout = "HOUSE-PURPOSE",
    ThisVehicle = "HOUSE-THIS-VEHICLE",
    WrongNumber = "REVOKE-WRONG-NUMBER",
    StateRegistry = "ST-DNC-STATE",
    StrictestState = "ST-STRICTEST",
    ClockChange = "TZ-DST",
    Intersection = "TZ-INTERSECTION",
    UnknownPlace = "TZ-UNKNOWN-ALL-ZONES",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stands_in_the_order_of_the_enum() {
        for (place, (named, id)) in Named::ALL.iter().enumerate() {
            assert_eq!(*named as usize, place, "{id}");
        }
    }
}
