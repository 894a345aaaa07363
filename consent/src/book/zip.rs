use super::clock::{ClockSet, Clocks};

/// ZIP codes: where each lies. Ranges by first code; a code between them is not in use, and then lies wherever its first
/// three digits do.
#[derive(Clone, Debug, Default)]
pub(crate) struct ZipTable {
    ranges: Vec<Range>,
    areas: Vec<Area>,
}

/// Codes from `first` to `last` lie in one area.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: u32,
    last: u32,
    area: u16,
}

/// A state, or a territory that has no rules of its own, and the clocks in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) state: String,
    pub(crate) clocks: ClockSet,
}

impl ZipTable {
    /// Reads the text form: `version`, `zones`, then `first-last state clocks` in rising order.
    ///
    /// # Errors
    /// Line from 1, and a sentence naming the field and the reason.
    pub(crate) fn read(text: &str, clocks: &Clocks) -> Result<(Self, String), (usize, String)> {
        let mut table = Self::default();
        let mut version = None;
        let mut zones: Vec<ClockSet> = vec![];
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |reason: String| (number, reason);
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(value) = line.strip_prefix("version ") {
                version = Some(value.to_owned());
                continue;
            }
            if let Some(names) = line.strip_prefix("zones ") {
                for name in names.split_whitespace() {
                    zones.push(
                        clocks
                            .named(name)
                            .ok_or_else(|| wrong(format!("zones: {name:?} is no zone of [location]")))?,
                    );
                }
                continue;
            }
            let range = table.range(line, &zones).map_err(wrong)?;
            if table.ranges.last().is_some_and(|last| range.first <= last.last) {
                return Err(wrong("ZIP code: not in rising order".to_owned()));
            }
            table.ranges.push(range);
        }
        version.map(|version| (table, version)).ok_or((1, "no line `version ...`".to_owned()))
    }

    fn range(&mut self, line: &str, zones: &[ClockSet]) -> Result<Range, String> {
        let mut fields = line.split_whitespace();
        let (Some(codes), Some(state), Some(places), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err("expected `first-last state zones`".to_owned());
        };
        let (first, last) = codes.split_once('-').unwrap_or((codes, codes));
        let code = |text: &str| number(text).ok_or_else(|| format!("ZIP code: {text:?} is not five digits"));
        let (first, last) = (code(first)?, code(last)?);
        if first > last {
            return Err("ZIP code: the range ends before it begins".to_owned());
        }
        if state.len() != 2 || !state.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("state: {state:?} is not two capital letters"));
        }
        let mut clocks = ClockSet::default();
        for place in places.split(',') {
            let zone = place.parse::<usize>().ok().and_then(|place| zones.get(place).copied());
            clocks = clocks
                .with(zone.ok_or_else(|| format!("zones: {place:?} is no place in the list of zones"))?);
        }
        let area = Area { state: state.to_owned(), clocks };
        let place = self.areas.iter().position(|known| *known == area).unwrap_or_else(|| {
            self.areas.push(area);
            self.areas.len() - 1
        });
        Ok(Range { first, last, area: u16::try_from(place).map_err(|_| "too many areas".to_owned())? })
    }

    /// Every area that the code may lie in; none where it is no ZIP code, or nothing is known of its first digits.
    pub(crate) fn areas(&self, zip: &str) -> impl Iterator<Item = &Area> {
        let hit = self.hit(zip);
        hit.iter().filter_map(|range| self.areas.get(usize::from(range.area)))
    }

    fn hit(&self, zip: &str) -> &[Range] {
        // ZIP+4 has four more digits after a hyphen, which say nothing about the zone.
        let five = zip.trim().split('-').next().unwrap_or_default();
        let Some(code) = number(five) else { return &[] };
        let after = self.ranges.partition_point(|range| range.last < code);
        let exact = self.ranges.get(after..).and_then(<[Range]>::first).filter(|range| range.first <= code);
        if exact.is_some() {
            return self.ranges.get(after..=after).unwrap_or_default();
        }
        let prefix = code / 100;
        let from = self.ranges.partition_point(|range| range.last / 100 < prefix);
        let to = self.ranges.partition_point(|range| range.first / 100 <= prefix);
        self.ranges.get(from..to).unwrap_or_default()
    }
}

fn number(text: &str) -> Option<u32> {
    (text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn clocks() -> Clocks {
        Clocks::new(&[Tz::America__New_York, Tz::America__Chicago], &[])
    }

    const TEXT: &str = "version 1\nzones America/New_York America/Chicago\n\
                        32301-32399 FL 0\n32401-32466 FL 0,1\n32501-32592 FL 1\n";

    fn states(table: &ZipTable, zip: &str) -> Vec<(String, usize)> {
        let clocks = clocks();
        table.areas(zip).map(|area| (area.state.clone(), clocks.of(area.clocks).count())).collect()
    }

    #[test]
    fn a_code_in_use_has_its_area_and_one_between_has_those_of_its_prefix() {
        let (table, version) = ZipTable::read(TEXT, &clocks()).unwrap();
        assert_eq!(version, "1");
        let one = |zones| vec![("FL".to_owned(), zones)];
        for (zip, expected) in [
            ("32301", one(1)),
            ("32399", one(1)),
            ("32400", one(2)),
            ("32450-1234", one(2)),
            (" 32501 ", one(1)),
            ("32599", one(1)),
            ("32600", vec![]),
            ("3250", vec![]),
            ("x2501", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(states(&table, zip), expected, "{zip:?}");
        }
    }

    #[test]
    fn a_wrong_table_is_refused_with_line_and_field() {
        for (text, line, words) in [
            ("version 1\nzones Mars/Olympus\n", 2, "zones"),
            ("version 1\nzones America/Chicago\n99999-00001 FL 0\n", 3, "range"),
            ("version 1\nzones America/Chicago\n0000x FL 0\n", 3, "ZIP code"),
            ("version 1\nzones America/Chicago\n00001 Fl 0\n", 3, "state"),
            ("version 1\nzones America/Chicago\n00001 FL 1\n", 3, "zones"),
            ("version 1\nzones America/Chicago\n00002 FL 0\n00002 FL 0\n", 4, "rising"),
            ("version 1\nzones America/Chicago\n00001 FL\n", 3, "expected"),
            ("zones America/Chicago\n", 1, "version"),
        ] {
            let (at, reason) = ZipTable::read(text, &clocks()).unwrap_err();
            assert!(at == line && reason.contains(words), "{text:?}: {at} {reason}");
        }
    }
}
