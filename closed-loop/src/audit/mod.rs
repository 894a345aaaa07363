//! The audit of a store's own extract, as data: how well its mileage is known, what is due, who could be reached, where
//! the path from the mileage to the repair order breaks, what the declined list is worth, and what is wrong in the
//! records.
//!
//! Rows are pushed into an [`AuditBuilder`], already read; [`AuditBuilder::prepare`] puts them in order,
//! [`Prepared::look`] counts over ranges of vehicles (in parallel, if one likes), [`Prepared::finish`] makes the
//! [`Audit`]. The same rows give the same audit, byte for byte, whatever the number of workers. It holds counts, dollars
//! and line numbers; no name, number or VIN gets into it.
//!
//! All times are the store's own civil time: its days are the days of its books.
//!
//! ```
//! use fixedops_closed_loop::OpCodes;
//! use fixedops_closed_loop::audit::{AuditBuilder, AuditPolicy, Extract, ExtractFile, OrderLine, OrderRow, RowAt};
//! use fixedops_odometer_core::{Model, Schedule};
//! use fixedops_vocab::{DistanceUnit, PayType, RawOdometer};
//! let mut builder = AuditBuilder::new(AuditPolicy::shipped());
//! builder.present(ExtractFile::RepairOrders, Vec::new());
//! let lines = [OrderLine { op_code: "LOF", pay_type: Some(PayType::CustomerPay), amount: Some(8_995), declined: false }];
//! for (line, number, day, miles) in [(2, "1001", "2026-01-05", 41_000), (3, "1002", "2026-06-08", 46_100)] {
//!     let set_aside = builder.order(&OrderRow {
//!         at: RowAt { line, faults: &[] },
//!         number,
//!         vin: Some("1HGCM82633A004352"),
//!         customer: Some("C1"),
//!         opened: format!("{day}T09:00:00").parse()?,
//!         closed: None,
//!         voided: false,
//!         department: None,
//!         odometer: Some(RawOdometer::new(miles * 1_000, DistanceUnit::Miles)),
//!         customer_pay: Some(8_995),
//!         lines: &lines,
//!         line_id: None,
//!         one_of_many: false,
//!     });
//!     assert_eq!(set_aside, None);
//! }
//! let prepared = builder.prepare(None, Model::shipped(), Schedule::shipped(), &OpCodes::shipped());
//! let tally = prepared.look(0..prepared.vehicles());
//! let audit = prepared.finish(tally, Extract::default());
//! assert!(audit.read.adds_up);
//! assert_eq!(audit.vehicles.figures[0].value.map(|count| count.to_string()), Some("1".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod appointments;
mod backtest;
mod cost;
mod declined;
mod doubts;
mod fault;
mod finish;
mod intern;
mod ladder;
mod look;
mod orders;
mod path;
mod policy;
mod prepare;
mod record;
mod rows;
mod store;
mod tally;
mod tied;
mod words;

pub use answer::*;
pub use fault::{Cost, FaultKind, Stands};
pub use fixedops_attribution::Department;
pub use policy::{
    AuditPolicy, BacktestPolicy, DatePolicy, DeclinedPolicy, DoubtPolicy, LadderPolicy, PathPolicy,
    RecoveryRate, VehiclePolicy, VisitPolicy,
};
pub use prepare::Prepared;
pub use record::*;
pub use store::AuditBuilder;
pub use tally::Tally;
