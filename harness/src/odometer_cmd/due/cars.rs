use std::collections::BTreeMap;
use std::path::Path;

use fixedops_odometer_core::Car;

use crate::outcome::CommandError;
use crate::table::{BadField, Row, Rows, SetAside};

const YEAR: usize = 1;
const MAKE: usize = 2;
const MODEL: usize = 3;
const ENGINE: usize = 4;

/// What the cars are.
#[derive(Default)]
pub(super) struct Cars(BTreeMap<Box<[u8]>, Car>);

impl Cars {
    pub(super) fn read(path: &Path, set_aside: &mut SetAside) -> Result<Self, CommandError> {
        let mut rows = Rows::open(path, &["vehicle_id"], &["year", "make", "model", "engine"])?;
        let mut all = BTreeMap::new();
        while let Some(row) = rows.next_row()? {
            let read = car(&row).and_then(|(vehicle, car)| match all.insert(Box::from(vehicle), car) {
                // Which of two is right is not for us to say: the car is none that is known.
                Some(_) => {
                    all.insert(Box::from(vehicle), Car::default());
                    Err(row.bad(0, "stands there twice: its schedule is that of any car"))
                }
                None => Ok(()),
            });
            if let Err(bad) = read {
                set_aside.report(path, row.line(), &bad)?;
            }
        }
        Ok(Self(all))
    }

    /// What is known of a vehicle.
    pub(super) fn of(&self, vehicle: &[u8]) -> Car {
        self.0.get(vehicle).cloned().unwrap_or_default()
    }
}

fn car<'a>(row: &Row<'a>) -> Result<(&'a [u8], Car), BadField> {
    let year = match row.text(YEAR)? {
        Some(text) => Some(text.parse().map_err(|_| row.bad(YEAR, "not a year"))?),
        None => None,
    };
    let text = |column| row.text(column).map(|text| text.map(str::to_owned));
    Ok((row.id(0)?, Car { year, make: text(MAKE)?, model: text(MODEL)?, engine: text(ENGINE)? }))
}
