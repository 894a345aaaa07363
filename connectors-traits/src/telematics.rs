use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::{RawOdometer, VehicleId};
use serde::{Deserialize, Serialize};

use crate::{ConnectorError, Cursor, Page};

/// One position report as a device writes it, unjudged: it may be late, repeated, thrown or nonsense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PingRecord {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The device, where a vehicle has several.
    pub device: Option<String>,
    /// When the fix was taken.
    pub at: DateTime<Utc>,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// Degrees east, WGS 84.
    pub longitude: f64,
    /// Metres per second.
    pub speed: Option<f64>,
    /// Radius of the fix in metres.
    pub accuracy: Option<f64>,
    /// What the device says the odometer is.
    pub odometer: Option<RawOdometer>,
}

/// A telematics feed.
///
/// # Contract
///
/// - **Complete** and **repeatable**, as [`crate::DmsReader`]; the order within and between pages is not promised.
#[async_trait]
pub trait TelematicsSource: Send + Sync {
    /// The page of position reports after `from`, at most `limit`.
    async fn pings(&self, from: Option<&Cursor>, limit: usize) -> Result<Page<PingRecord>, ConnectorError>;
}
