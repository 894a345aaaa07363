//! Sorting more fixes than fit in memory: sorted runs in temporary files, merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of fixes held before they are spilled to disk.
pub const SPILL_BYTES: usize = 256 << 20;

/// One fix of one vehicle in fixed size. NaN: not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ping {
    /// Number of the vehicle, by first appearance.
    pub vehicle: u32,
    /// Milliseconds since 1970.
    pub ms: i64,
    /// Place in the file: what is equal otherwise keeps its order.
    pub row: u64,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Metres a second.
    pub speed: f32,
    /// Metres.
    pub accuracy: f32,
    /// The odometer of the device or the car, metres.
    pub odometer: f64,
    /// Which of several receivers.
    pub device: Option<u8>,
}

const BYTES: usize = 54;

impl Ping {
    fn key(&self) -> (u32, i64, u64) {
        (self.vehicle, self.ms, self.row)
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.vehicle.to_le_bytes())?;
        to.write_all(&self.ms.to_le_bytes())?;
        to.write_all(&self.row.to_le_bytes())?;
        to.write_all(&self.lat.to_le_bytes())?;
        to.write_all(&self.lon.to_le_bytes())?;
        to.write_all(&self.speed.to_le_bytes())?;
        to.write_all(&self.accuracy.to_le_bytes())?;
        to.write_all(&self.odometer.to_le_bytes())?;
        to.write_all(&[u8::from(self.device.is_some()), self.device.unwrap_or_default()])
    }

    /// None at the end.
    fn read(from: &mut Run) -> io::Result<Option<Self>> {
        if from.left == 0 {
            return Ok(None);
        }
        from.left -= 1;
        let from = &mut from.file;
        Ok(Some(Self {
            vehicle: u32::from_le_bytes(bytes(from)?),
            ms: i64::from_le_bytes(bytes(from)?),
            row: u64::from_le_bytes(bytes(from)?),
            lat: f64::from_le_bytes(bytes(from)?),
            lon: f64::from_le_bytes(bytes(from)?),
            speed: f32::from_le_bytes(bytes(from)?),
            accuracy: f32::from_le_bytes(bytes(from)?),
            odometer: f64::from_le_bytes(bytes(from)?),
            device: match bytes(from)? {
                [0, _] => None,
                [_, device] => Some(device),
            },
        }))
    }
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

struct Run {
    file: BufReader<File>,
    left: u64,
}

/// Takes pings in any order and gives them back by vehicle and time.
pub struct Sorter {
    held: Vec<Ping>,
    most: usize,
    runs: Vec<Run>,
}

impl Sorter {
    /// Spills whenever it holds `bytes` of pings.
    pub fn new(bytes: usize) -> Self {
        Self { held: Vec::new(), most: (bytes / size_of::<Ping>()).max(1), runs: Vec::new() }
    }

    /// Takes one.
    pub fn push(&mut self, ping: Ping) -> io::Result<()> {
        if self.held.len() >= self.most {
            self.spill()?;
        }
        // Doubling past the limit would hold twice what may be held.
        if self.held.len() == self.held.capacity() {
            let more = self.held.len().max(1024).min(self.most - self.held.len());
            self.held.reserve_exact(more);
        }
        self.held.push(ping);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable_by_key(Ping::key);
        let mut file = BufWriter::with_capacity(BYTES << 12, tempfile::tempfile()?);
        for ping in &self.held {
            ping.write(&mut file)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        self.runs.push(Run { file: BufReader::with_capacity(1 << 16, file), left: self.held.len() as u64 });
        self.held.clear();
        Ok(())
    }

    /// Gives each ping to `take`, by vehicle, time and place in the file.
    pub fn each(mut self, mut take: impl FnMut(Ping)) -> io::Result<()> {
        if self.runs.is_empty() {
            self.held.sort_unstable_by_key(Ping::key);
            self.held.into_iter().for_each(take);
            return Ok(());
        }
        self.spill()?;
        self.held = Vec::new();
        let mut runs = self.runs;
        let mut heads = Vec::new();
        let mut heap = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            let head = Ping::read(run)?;
            if let Some(ping) = head {
                heap.push(Reverse((ping.key(), number)));
            }
            heads.push(head);
        }
        while let Some(Reverse((_, number))) = heap.pop() {
            let (Some(head), Some(run)) = (heads.get_mut(number), runs.get_mut(number)) else { continue };
            let next = Ping::read(run)?;
            if let Some(ping) = core::mem::replace(head, next) {
                take(ping);
            }
            if let Some(ping) = next {
                heap.push(Reverse((ping.key(), number)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorting_on_disk_is_sorting_in_memory(keys in prop::collection::vec((0..4_u32, 0..50_i64), 0..200), at_most in 1..64_usize) {
            let pings: Vec<Ping> = (0_u64..).zip(keys).map(|(row, (vehicle, ms))| {
                let device = (ms % 3 == 0).then_some(u8::try_from(vehicle).unwrap());
                Ping { vehicle, ms, row, lat: 1.5, lon: -2.5, speed: 3.0, accuracy: 4.0, odometer: 5.0, device }
            }).collect();
            let mut sorter = Sorter::new(at_most * size_of::<Ping>());
            for ping in &pings {
                sorter.push(*ping).unwrap();
            }
            let mut sorted = Vec::new();
            sorter.each(|ping| sorted.push(ping)).unwrap();
            let mut expected = pings;
            expected.sort_by_key(Ping::key);
            prop_assert_eq!(sorted, expected);
        }
    }
}
