use plotters::style::text_anchor::{HPos, VPos};

use super::{
    Area, ChartError, Drawn, Fill, Role, SMALL_TEXT, WIDTH, block, drawable, frame, line, put, round_above,
    text, whole, wide,
};

/// One run of columns.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// One value a label; `None` where there is nothing to say, which is not zero.
    pub values: Vec<Option<f64>>,
    /// How its columns are filled.
    pub fill: Fill,
}

/// Standing columns over labels, one or two side by side.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Unique on the page.
    pub id: String,
    /// What the chart shows, in a few words.
    pub title: String,
    /// The same for somebody who does not see it: the figures in a sentence.
    pub description: String,
    /// Under the columns, from left to right; where there is no room for all, every second, third ... stands.
    pub labels: Vec<String>,
    /// Whether the labels stand where their column begins, as the bounds of a histogram do, not under its middle.
    pub bounds: bool,
    /// A column at whose beginning a line stands, and what it is.
    pub mark: Option<(usize, String)>,
    /// What the labels are: "week of", "days from the day it fell due".
    pub under: String,
    /// The columns.
    pub series: Vec<Series>,
    /// How a value of the scale is written.
    pub number: fn(f64) -> String,
}

const PLOT_LEFT: f64 = 46.0;
const PLOT_HEIGHT: f64 = 150.0;

impl Columns {
    /// The chart as an SVG element.
    pub fn draw(&self) -> Result<String, ChartError> {
        let height = whole(self.top() + PLOT_HEIGHT + 42.0).unsigned_abs();
        frame(&self.id, &self.title, &self.description, height, |area| self.on(area))
    }

    fn legend(&self) -> bool {
        self.series.len() > 1
    }

    /// Where the plot begins, below what stands above it.
    fn top(&self) -> f64 {
        let legend = if self.legend() { 24.0 } else { 4.0 };
        legend + if self.mark.is_some() { 18.0 } else { 10.0 }
    }

    fn on(&self, area: &Area<'_>) -> Drawn {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten());
        let (most, steps) = round_above(values.fold(0.0, |most, value| drawable(*value).max(most)));
        let width = f64::from(WIDTH);
        let foot = self.top() + PLOT_HEIGHT;
        if self.legend() {
            self.legend_on(area)?;
        }
        let scale = text(SMALL_TEXT, Role::Faint, false, HPos::Right, VPos::Center);
        for step in 0..=steps {
            let share = f64::from(step) / f64::from(steps.max(1));
            let y = foot - share * PLOT_HEIGHT;
            let role = if step == 0 { Role::Faint } else { Role::Grid };
            line(area, role, 1, (PLOT_LEFT, y), (width, y))?;
            put(area, &(self.number)(share * most), &scale, PLOT_LEFT - 5.0, y)?;
        }
        let slot = (width - PLOT_LEFT) / (self.labels.len().max(1) as f64);
        let thick = slot * 0.8 / (self.series.len().max(1) as f64);
        for (nth, series) in self.series.iter().enumerate() {
            for (at, value) in series.values.iter().enumerate().take(self.labels.len()) {
                let Some(value) = value.map(drawable).filter(|value| *value > 0.0) else { continue };
                let x = PLOT_LEFT + slot * (at as f64 + 0.1) + thick * nth as f64;
                let high = (value / most).min(1.0) * PLOT_HEIGHT;
                block(area, series.fill.into(), (x, foot - high.max(1.0)), ((x + thick).max(x + 1.0), foot))?;
            }
        }
        if let Some((at, words)) = &self.mark {
            let x = PLOT_LEFT + slot * *at as f64;
            line(area, Role::Mark, 2, (x, self.top() - 4.0), (x, foot))?;
            let style = text(SMALL_TEXT, Role::Faint, false, HPos::Center, VPos::Bottom);
            put(area, words, &style, x, self.top() - 4.0)?;
        }
        self.labels_on(area, slot, foot)
    }

    fn legend_on(&self, area: &Area<'_>) -> Drawn {
        let words = text(SMALL_TEXT, Role::Ink, false, HPos::Left, VPos::Center);
        let each = f64::from(WIDTH) / (self.series.len().max(1) as f64);
        for (nth, series) in self.series.iter().enumerate() {
            let x = each * nth as f64;
            block(area, series.fill.into(), (x, 3.0), (x + 20.0, 15.0))?;
            put(area, &series.name, &words, x + 26.0, 9.0)?;
        }
        Ok(())
    }

    fn labels_on(&self, area: &Area<'_>, slot: f64, foot: f64) -> Drawn {
        let room = self.labels.iter().map(|label| wide(label, SMALL_TEXT)).fold(0.0, f64::max) + 8.0;
        let every = (room / slot.max(0.001)).ceil().max(1.0) as usize;
        let words = text(SMALL_TEXT, Role::Faint, false, HPos::Center, VPos::Top);
        // What is marked is named.
        let first = self.mark.as_ref().map_or(0, |(at, _)| at % every);
        let middle = if self.bounds { 0.0 } else { 0.5 };
        for (at, label) in self.labels.iter().enumerate().skip(first).step_by(every) {
            // The last one is moved in a little rather than cut off, and left out rather than moved far.
            let half = wide(label, SMALL_TEXT) / 2.0;
            let (x, most) = (PLOT_LEFT + slot * (at as f64 + middle), f64::from(WIDTH) - half);
            if x <= most + 8.0 {
                put(area, label, &words, x.min(most), foot + 6.0)?;
            }
        }
        let middle = (PLOT_LEFT + f64::from(WIDTH)) / 2.0;
        put(area, &self.under, &words, middle, foot + 24.0)
    }
}
