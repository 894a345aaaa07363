//! GPS fixes, folded before they are acknowledged.

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Fix, Track};
use fixedops_vocab::VehicleId;
use sha2::{Digest, Sha256};

use super::{ATTEMPTS, Engine, Ingested};
use crate::{Alarm, Happened, LoopError, TrackAdvanced};

impl Engine {
    /// Folds a batch of fixes into the vehicle's track and journals the new state with the digest of the batch. When
    /// this returns `Ok` the sender may be told that it arrived.
    ///
    /// A reading on the odometer is a new anchor: the track starts anew after it, and what it was until then is kept
    /// with the vehicle. `now` is when the fixes were received: those dated later are set aside as `future`.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    pub async fn fold_fixes(
        &self,
        vehicle: &VehicleId,
        key: &str,
        fixes: &[Fix],
        now: DateTime<Utc>,
    ) -> Result<Ingested, LoopError> {
        for _ in 0..ATTEMPTS {
            let read = self.known_vehicle(vehicle).await?;
            if read.state.keys.contains(key) {
                return Ok(Ingested::Duplicate);
            }
            // A reading dated ahead of its time would set all fixes aside until then.
            let read_at = read.state.readings.iter().map(|reading| reading.read_at);
            let anchor = read_at.filter(|at| *at <= now).max();
            let mut track = match &read.state.track {
                Some((track, summary)) if summary.from >= anchor => track.clone(),
                _ => Track::new(),
            };
            let model = &self.policies.model;
            let since = fixes.iter().copied().filter(|fix| anchor.is_none_or(|at| fix.at >= at));
            track.fold_batch(since, now, model);
            let advanced = TrackAdvanced {
                key: key.to_owned(),
                vehicle: vehicle.clone(),
                summary: track.summary(model),
                track,
                digest: digest(fixes),
                wake_at: Alarm::At(now),
            };
            // Guarded at the version it was worked out from: another batch in between, and it is worked out again.
            let mut turn = self.turn_at(now);
            turn.push(&read, Happened::TrackAdvanced(advanced))?;
            match turn.commit().await {
                Err(error) if error.is_conflict() => {}
                answer => return answer.map(|_| Ingested::Recorded),
            }
        }
        Err(self.contended())
    }
}

/// SHA-256 over the fixes, each as its JSON on a line.
fn digest(fixes: &[Fix]) -> String {
    let mut hasher = Sha256::new();
    let mut line = Vec::new();
    for fix in fixes {
        line.clear();
        // A fix always has a JSON form; if it had none, its line would be empty.
        if serde_json::to_writer(&mut line, fix).is_err() {
            line.clear();
        }
        line.push(b'\n');
        hasher.update(&line);
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    fixedops_connectors_traits::EventHash::from_bytes(bytes).to_string()
}
