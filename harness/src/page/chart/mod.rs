//! Few kinds of chart, each an inline SVG that a page colours, a printer prints and a screen reader reads.
//!
//! A chart is drawn 360 units wide: at that width its text is readable on a telephone and not too large on a desk.
//! What two series mean is told by pattern and by words beside them, never by colour alone, and every bar carries
//! its number as text. Colours are classes of the page's style sheet, so one drawing serves the light page, the
//! dark page and paper.

mod bars;
mod columns;
#[cfg(test)]
mod tests;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, TextStyle};

pub use bars::{Bar, Bars};
pub use columns::{Columns, Series};

/// Width of every chart, in units of its own.
const WIDTH: u32 = 360;
/// Height of ordinary text, in the same units.
const TEXT: f64 = 13.0;
/// Height of the text of an axis.
const SMALL_TEXT: f64 = 12.0;

/// A chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart {chart}: {why}")]
pub struct ChartError {
    chart: String,
    why: String,
}

/// How a bar or column is filled. The three differ in pattern as well as in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Filled.
    Solid,
    /// Slanting lines.
    Hatched,
    /// Dots.
    Dotted,
}

/// What a stroke or a letter is for. Each is drawn in a colour that stands for a class of the style sheet.
#[derive(Clone, Copy)]
enum Role {
    Ink,
    Faint,
    Grid,
    Track,
    Solid,
    Hatched,
    Dotted,
    Mark,
}

impl Role {
    const ALL: [Self; 8] = [
        Self::Ink,
        Self::Faint,
        Self::Grid,
        Self::Track,
        Self::Solid,
        Self::Hatched,
        Self::Dotted,
        Self::Mark,
    ];

    const fn class(self) -> &'static str {
        match self {
            Self::Ink => "ink",
            Self::Faint => "faint",
            Self::Grid => "grid",
            Self::Track => "track",
            Self::Solid => "solid",
            Self::Hatched => "hatched",
            Self::Dotted => "dotted",
            Self::Mark => "mark",
        }
    }

    /// The colour it is drawn in, before the style sheet has its say.
    const fn colour(self) -> RGBColor {
        RGBColor(1, 1, self as u8)
    }

    fn hex(self) -> String {
        let RGBColor(r, g, b) = self.colour();
        format!("#{r:02X}{g:02X}{b:02X}")
    }
}

impl From<Fill> for Role {
    fn from(fill: Fill) -> Self {
        match fill {
            Fill::Solid => Self::Solid,
            Fill::Hatched => Self::Hatched,
            Fill::Dotted => Self::Dotted,
        }
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), String>;

/// Draws with `draw` and makes the result fit for a page: `id` is unique on it, `title` and `description` are read
/// out in place of the drawing.
fn frame(
    id: &str,
    title: &str,
    description: &str,
    height: u32,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String, ChartError> {
    let failed = |why: String| ChartError { chart: id.to_owned(), why };
    let mut drawing = String::new();
    {
        let area = SVGBackend::with_string(&mut drawing, (WIDTH, height)).into_drawing_area();
        draw(&area).map_err(failed)?;
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    let body = drawing.split_once('>').map(|(_, body)| body).unwrap_or_default();
    let mut body = body.trim_end().trim_end_matches("</svg>").replace(" opacity=\"1\"", "");
    for role in Role::ALL {
        let (hex, class) = (role.hex(), role.class());
        let fill = match role {
            Role::Hatched | Role::Dotted => format!(" fill=\"url(#{id}-{class})\" class=\"edge-{class}\""),
            _ => format!(" class=\"fill-{class}\""),
        };
        body = body.replace(&format!(" fill=\"{hex}\" stroke=\"none\""), &fill);
        body = body.replace(&format!(" fill=\"{hex}\""), &fill);
        body = body.replace(&format!(" stroke=\"{hex}\""), &format!(" class=\"line-{class}\""));
    }
    let (title, description) = (escaped(title), escaped(description));
    Ok(format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\
         <defs><pattern id=\"{id}-hatched\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"fill-paper\" width=\"6\" height=\"6\"/>\
         <rect class=\"fill-hatched\" width=\"3\" height=\"6\"/></pattern>\
         <pattern id=\"{id}-dotted\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
         <rect class=\"fill-paper\" width=\"6\" height=\"6\"/>\
         <circle class=\"fill-dotted\" cx=\"3\" cy=\"3\" r=\"1.8\"/></pattern></defs>\n{body}</svg>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text of a size, placed by the side of it that stands at its point.
fn text(size: f64, role: Role, bold: bool, h: HPos, v: VPos) -> TextStyle<'static> {
    // The SVG back end divides what it is given by 1.24.
    let font = ("sans-serif", size * 1.24).into_font();
    let font = if bold { font.style(FontStyle::Bold) } else { font };
    let mut style = TextStyle::from(font).pos(Pos::new(h, v));
    style.color = role.colour().to_backend_color();
    style
}

fn put(area: &Area<'_>, words: &str, style: &TextStyle<'_>, x: f64, y: f64) -> Drawn {
    area.draw_text(words, style, (whole(x), whole(y))).map_err(|error| error.to_string())
}

fn block(area: &Area<'_>, role: Role, from: (f64, f64), to: (f64, f64)) -> Drawn {
    let shape = plotters::element::Rectangle::new(
        [(whole(from.0), whole(from.1)), (whole(to.0), whole(to.1))],
        role.colour().filled(),
    );
    area.draw(&shape).map_err(|error| error.to_string())
}

fn line(area: &Area<'_>, role: Role, width: u32, from: (f64, f64), to: (f64, f64)) -> Drawn {
    let points = vec![(whole(from.0), whole(from.1)), (whole(to.0), whole(to.1))];
    let shape = plotters::element::PathElement::new(points, role.colour().stroke_width(width));
    area.draw(&shape).map_err(|error| error.to_string())
}

/// About how wide a text is, in a wide typeface: rather too much than too little.
fn wide(text: &str, size: f64) -> f64 {
    let of = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '\u{a0}' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' => 0.98,
        'A'..='Z' => 0.74,
        _ => 0.63,
    };
    text.chars().map(of).sum::<f64>() * size
}

/// A place on the drawing. Saturates, so a figure that is out of bounds draws at the edge of all there is.
fn whole(x: f64) -> i32 {
    x.round() as i32
}

/// What is drawn of a value: nothing of one that is no number or below zero.
fn drawable(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// A round number at or above `most`, and how many steps of equal, round size lead to it.
fn round_above(most: f64) -> (f64, u32) {
    let most = drawable(most);
    if most <= 0.0 {
        return (1.0, 1);
    }
    let unit = 10_f64.powf(most.log10().floor());
    for (factor, steps) in [(1.0, 2), (1.5, 3), (2.0, 4), (3.0, 3), (4.0, 4), (5.0, 5), (6.0, 3), (8.0, 4)] {
        if most <= unit * factor * 1.000_001 {
            return (unit * factor, steps);
        }
    }
    (unit * 10.0, 5)
}
