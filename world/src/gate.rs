//! What the technician does when the gate sends an inspection back.

use fixedops_connectors_traits::{ExemptionRecord, InspectionRecord};
use fixedops_vocab::PayType;

use crate::clock::{MINUTE, instant};
use crate::input::{GateBlocked, Input, What};
use crate::order::Left;
use crate::records::source;
use crate::world::World;

impl World {
    /// The answer to a blocked inspection: the technician goes back and completes it, or an exemption is asked for,
    /// or nobody cares. An inspection that was sent back once is not answered again.
    pub fn blocked(&mut self, gate: &GateBlocked) -> Vec<Input> {
        let found = self.visit_of(&gate.ro).and_then(|(car, visit)| self.order_of(car, visit));
        let Some((order, _)) = found else {
            return Vec::new();
        };
        let (at, p, draw) = (gate.at.timestamp(), &self.parameters.inspection, order.wish.draw);
        if at > order.inspected_at() + 15 * MINUTE {
            return Vec::new();
        }
        let answer = draw.unit("gate", 0);
        let exempt = (p.left_blocked.value..p.left_blocked.value + p.exemption.value).contains(&answer);
        if answer < p.left_blocked.value {
            return Vec::new();
        }
        let back = at + 20 * MINUTE;
        let left = if exempt { order.left(self) } else { Left::Nothing };
        let Ok(mut record) = self.inspection(&order, left, back) else {
            return Vec::new();
        };
        if exempt {
            exempt_it(&mut record, order.content.lines.iter().any(|line| line.pay == PayType::CustomerPay));
        }
        let id = format!("{}/inspection-again", Self::order_number(order.car.index, order.number));
        vec![Input::new(instant(back), source::TABLET, id, What::Inspection(record))]
    }
}

fn exempt_it(record: &mut InspectionRecord, customer_pays: bool) {
    let (code, reason) = if customer_pays {
        ("declined_at_write_up", "customer waited and did not want the rest looked at")
    } else {
        ("warranty_only", "warranty repair, nothing for the customer to pay")
    };
    record.exemption = Some(ExemptionRecord {
        code: code.to_owned(),
        by: record.advisor.clone().unwrap_or_default(),
        reason: reason.to_owned(),
    });
}
