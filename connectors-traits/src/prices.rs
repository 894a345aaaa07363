use async_trait::async_trait;
use fixedops_vocab::{Money, OpCode, RooftopId, VehicleId};

use crate::ConnectorError;

/// Which price is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceQuery {
    /// Where.
    pub rooftop: RooftopId,
    /// For which vehicle.
    pub vehicle: VehicleId,
    /// The operation.
    pub op_code: OpCode,
}

/// The store's prices as they are now: its menu, its estimating system.
///
/// # Contract
///
/// - **Today's**: the price a customer who comes now is asked for, parts and labor.
/// - **None** where the operation has no fixed price. A guess is none.
#[async_trait]
pub trait PriceBook: Send + Sync {
    /// What an operation costs now.
    async fn price(&self, query: &PriceQuery) -> Result<Option<Money>, ConnectorError>;
}
