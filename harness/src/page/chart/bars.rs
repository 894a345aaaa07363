use plotters::style::text_anchor::{HPos, VPos};

use super::{
    Area, ChartError, Drawn, Fill, Role, SMALL_TEXT, TEXT, WIDTH, block, drawable, frame, line, put, text,
    whole, wide,
};

/// One lying bar: its label above it at the left, its number at the right.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it counts.
    pub label: String,
    /// How long it is. A value below zero, or none at all, draws no bar; the number still stands there.
    pub value: f64,
    /// The number as it is to be read, with its unit and its base.
    pub number: String,
    /// How it is filled.
    pub fill: Fill,
}

/// Lying bars below each other, on one scale from zero.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Unique on the page.
    pub id: String,
    /// What the chart shows, in a few words.
    pub title: String,
    /// The same for somebody who does not see it: the figures in a sentence.
    pub description: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
    /// The value at the full width; the longest bar where none is given.
    pub full: Option<f64>,
    /// A value to compare with, and what it is.
    pub mark: Option<(f64, String)>,
}

const LINE: f64 = 16.0;
const THICK: f64 = 14.0;
/// From the text of a row to its bar, and from the bar to the next row.
const GAP: f64 = 3.0;
const BELOW: f64 = 9.0;

impl Bars {
    /// The chart as an SVG element.
    pub fn draw(&self) -> Result<String, ChartError> {
        let rows: f64 =
            self.bars.iter().map(|bar| bar.lines().len() as f64 * LINE + GAP + THICK + BELOW).sum();
        let below = if self.mark.is_some() { 22.0 } else { 0.0 };
        let height = whole(rows + below).unsigned_abs();
        frame(&self.id, &self.title, &self.description, height, |area| self.on(area))
    }

    fn on(&self, area: &Area<'_>) -> Drawn {
        let longest = self.bars.iter().map(|bar| drawable(bar.value)).fold(0.0, f64::max);
        let full = drawable(self.full.unwrap_or(longest)).max(f64::MIN_POSITIVE);
        let width = f64::from(WIDTH);
        let label = text(TEXT, Role::Ink, false, HPos::Left, VPos::Top);
        let number = text(TEXT, Role::Ink, true, HPos::Right, VPos::Top);
        let mut top = 0.0;
        for bar in &self.bars {
            put(area, &bar.number, &number, width, top + GAP)?;
            for words in bar.lines() {
                put(area, &words, &label, 0.0, top + GAP)?;
                top += LINE;
            }
            let (from, to) = (top + GAP, top + GAP + THICK);
            block(area, Role::Track, (0.0, from), (width, to))?;
            let long = (drawable(bar.value) / full).min(1.0) * width;
            if long > 0.0 {
                // A bar that stands for something is seen, however little it is.
                block(area, bar.fill.into(), (0.0, from), (long.max(2.0), to))?;
            }
            top = to + BELOW;
        }
        if let Some((value, words)) = &self.mark {
            let x = (drawable(*value) / full).min(1.0) * width;
            line(area, Role::Mark, 2, (x, LINE), (x, top))?;
            let side = if x > width / 2.0 { HPos::Right } else { HPos::Left };
            put(area, words, &text(SMALL_TEXT, Role::Faint, false, side, VPos::Top), x, top + GAP)?;
        }
        Ok(())
    }
}

impl Bar {
    /// The label in lines that leave room for the number.
    fn lines(&self) -> Vec<String> {
        // Numbers stand in bold.
        let room = (f64::from(WIDTH) - wide(&self.number, TEXT) * 1.1 - 10.0).max(f64::from(WIDTH) / 3.0);
        let mut lines: Vec<String> = Vec::new();
        for word in self.label.split_whitespace() {
            match lines.last_mut() {
                Some(line) if wide(&format!("{line} {word}"), TEXT) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }
}
