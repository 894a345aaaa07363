use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use fixedops_vocab::{Channel, Purpose};
use smallvec::SmallVec;

use super::location::Location;
use super::{grant, revocation};
use crate::book::{Named, RuleRef, Status};
use crate::{
    Confidence, Consent, ContactFacts, LineType, ReplyContext, ReplyLabel, ReplyScope, Request, Revocation,
    RuleBook, classify,
};

/// One message under decision: the arguments, and what every rule asks of them.
pub(super) struct Case<'a, 'b> {
    pub(super) facts: &'a ContactFacts,
    pub(super) request: &'a Request,
    pub(super) now: DateTime<Utc>,
    /// The civil date at Greenwich: what rules are dated by.
    pub(super) day: NaiveDate,
    pub(super) book: &'b RuleBook,
    pub(super) channel: Channel,
    /// The purpose it is decided as: marketing where there is an offer inside.
    pub(super) purpose: Purpose,
    pub(super) offer: bool,
    pub(super) place: Location<'b>,
    /// The latest civil date it may be at the recipient's.
    pub(super) today: NaiveDate,
    /// Revocations that speak of this message, lifted or not.
    pub(super) reached_by: SmallVec<[&'a Revocation; 2]>,
    /// Whether there is a written consent that holds for this channel and that no revocation has ended.
    pub(super) has_written_consent: bool,
    /// Those that bind it: no sufficient consent is later.
    pub(super) bound_by: SmallVec<[&'a Revocation; 2]>,
}

impl<'a, 'b> Case<'a, 'b> {
    pub(super) fn new(
        facts: &'a ContactFacts,
        request: &'a Request,
        now: DateTime<Utc>,
        book: &'b RuleBook,
    ) -> Self {
        let offer = request.contains_offer || facts.facts.contains_offer == Some(true);
        let purpose = match request.purpose {
            Purpose::RevocationConfirmation => Purpose::RevocationConfirmation,
            _ if offer => Purpose::Marketing,
            stated => stated,
        };
        let place = Location::of(&facts.recipient, now, book);
        let today = place.today(now);
        let mut case = Self {
            facts,
            request,
            now,
            day: now.date_naive(),
            book,
            channel: request.channel,
            purpose,
            offer,
            place,
            today,
            reached_by: SmallVec::new(),
            has_written_consent: false,
            bound_by: SmallVec::new(),
        };
        if !facts.revocations.is_empty() {
            case.reached_by = revocation::reaching(&case);
            case.bound_by = revocation::binding(&case);
        }
        let written = case.written_consents().next().is_some();
        case.has_written_consent = written;
        case
    }

    /// Whether it is a solicitation on the telephone: those the calling rules are about.
    pub(super) fn is_phone_solicitation(&self) -> bool {
        self.is_marketing() && self.channel != Channel::Email
    }

    pub(super) fn is_marketing(&self) -> bool {
        self.purpose == Purpose::Marketing
    }

    /// An artificial or prerecorded voice.
    pub(super) const fn is_artificial_voice(&self) -> bool {
        matches!(self.channel, Channel::AiCall | Channel::PrerecordedCall)
    }

    /// Whether the number may be wireless: a landline is the only kind that is surely not.
    pub(super) fn may_be_wireless(&self) -> bool {
        self.facts.recipient.line_type != Some(LineType::Landline)
    }

    /// The written consents that hold for this channel and that no revocation has ended.
    pub(super) fn written_consents(&self) -> impl Iterator<Item = &'a Consent> + '_ {
        self.facts
            .consents
            .iter()
            .filter(|consent| self.lacks_written(consent).is_none() && self.outlives(consent))
    }

    /// What a consent lacks to be written consent for this message.
    pub(super) fn lacks_written(&self, consent: &Consent) -> Option<&'static str> {
        let lacks = grant::lacks_written(consent, self.channel, self.now)?;
        let spoken_is_enough = !self.book.strict.oral_consent_is_not_written
            && !self.place.states.is_empty()
            && self.place.states.iter().all(|state| self.book.oral_consent.contains(&state.code))
            && grant::is_express(consent, self.channel, self.now);
        (!spoken_is_enough).then_some(lacks)
    }

    /// The express consents, written ones included, that hold for this channel.
    pub(super) fn express_consents(&self) -> impl Iterator<Item = &'a Consent> + '_ {
        self.facts
            .consents
            .iter()
            .filter(|consent| grant::is_express(consent, self.channel, self.now) && self.outlives(consent))
    }

    /// Whether the consent was given after every revocation that reaches this message.
    fn outlives(&self, consent: &Consent) -> bool {
        self.reached_by.iter().all(|revocation| revocation.received_at < consent.given_at)
    }

    /// Whether today is less than `months` months after `day`, and not before it. On the very day the months are full
    /// the term is over: the strict reading of "within".
    pub(super) fn within_months(&self, day: Option<NaiveDate>, months: u32) -> bool {
        day.is_some_and(|day| {
            day <= self.today
                && day.checked_add_months(Months::new(months)).is_some_and(|end| self.today < end)
        })
    }

    /// A transaction within so many months, unless a request not to be called has ended the relationship.
    pub(super) fn transaction_within(&self, months: u32) -> bool {
        !self.relationship_ended() && self.within_months(self.facts.ebr.last_transaction, months)
    }

    /// An inquiry within so many months, unless a request has ended the relationship.
    pub(super) fn inquiry_within(&self, months: u32) -> bool {
        !self.relationship_ended() && self.within_months(self.facts.ebr.last_inquiry, months)
    }

    fn relationship_ended(&self) -> bool {
        // Any request of the person, for whatever channel: its own text speaks of a "do-not-call request" only.
        let asked = self.facts.revocations.iter().any(|revocation| {
            revocation.scope.is_some()
                && !self.written_consents().any(|c| revocation.received_at < c.given_at)
        });
        self.on_our_list()
            || !self.bound_by.is_empty()
            || (self.book.strict.any_request_ends_relationship && asked)
    }

    /// Whether the person is on our own do-not-call list; a date is the record of a request, whatever stands beside it.
    pub(super) fn on_our_list(&self) -> bool {
        let dnc = &self.facts.dnc;
        dnc.internal == Some(true) || dnc.internal_on.is_some()
    }

    /// The earliest civil date it may have been at the recipient's when a consent was given: at a tie the customer wins.
    pub(super) fn given_on(&self, consent: &Consent) -> NaiveDate {
        let local = self.place.clocks.iter().map(|local| local.zone.shows(consent.given_at).date());
        local.min().unwrap_or_else(|| consent.given_at.date_naive())
    }

    /// Whether the words are an opt-out by themselves.
    pub(super) fn opts_out(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| self.book.revocation.is_per_se(text))
    }

    /// Whether words that a reply would answer revoke something, in whatever words.
    pub(super) fn asks_to_stop(&self, text: Option<&str>) -> bool {
        self.opts_out(text)
            || text.is_some_and(|text| {
                let reading = classify(text, &ReplyContext::default());
                matches!(reading.scope, ReplyScope::Suppress(_))
            })
    }

    /// Whether it is a call that the person asked for in a message whose time nobody kept: its words ask for one, nobody
    /// has written since, and he has not asked us to stop calling.
    pub(super) fn is_undated_call(&self) -> bool {
        let facts = &self.facts.facts;
        self.channel == Channel::LiveCall
            && self.purpose == Purpose::Reply
            && facts.inbound_at.is_none()
            && self.facts.history.is_empty()
            && !self.on_our_list()
            && facts.inbound_text.as_deref().is_some_and(|text| {
                let reading = classify(text, &ReplyContext::default());
                reading.scope == ReplyScope::None && reading.intents.contains(&ReplyLabel::CallMe)
            })
    }

    /// Whether a revocation's words are an opt-out by themselves.
    pub(super) fn is_per_se(&self, revocation: &Revocation) -> bool {
        revocation.per_se.unwrap_or_else(|| self.opts_out(revocation.text.as_deref()))
    }

    /// Whether the person asked something, not long ago, that nothing has answered yet.
    pub(super) fn is_prompt_answer(&self) -> bool {
        let facts = &self.facts.facts;
        !self.asks_to_stop(facts.inbound_text.as_deref())
            && facts.inbound_at.is_some_and(|at| {
                at <= self.now
                    && self.now - at <= TimeDelta::hours(i64::from(self.book.reply.within_hours))
                    && !self.facts.history.iter().any(|earlier| at <= earlier.at)
            })
    }

    /// Whether the rule is in force today.
    pub(super) fn in_force(&self, rule: RuleRef) -> bool {
        self.book.rule_at(rule).is_some_and(|rule| rule.in_force(self.day))
    }

    /// Whether a rule that the code names is in force today.
    pub(super) fn named_in_force(&self, named: Named) -> bool {
        self.in_force(self.book.named(named))
    }

    /// Whether a rule binds today: in force, and not a disputed one whose switch is off.
    pub(super) fn binds(&self, rule: RuleRef) -> bool {
        self.book.rule_at(rule).is_some_and(|rule| {
            let switch = match (rule.status, rule.confidence) {
                (Status::Disputed, Confidence::Memory) => self.book.strict.windows_from_memory,
                (Status::Disputed, _) => self.book.strict.disputed_state_windows,
                _ => true,
            };
            switch && rule.in_force(self.day)
        })
    }
}
