//! A plan as a picture: its touches in order, when each is due, and what ends it.

use std::error::Error;

use fixedops_recovery::{Case, DeclineReason, Follows, Plan, ReasonAnswer, Silence, Tone};
use fixedops_vocab::Channel;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, IntoFont, PathElement, RGBColor, Rectangle, SVGBackend, Text, WHITE,
};
use plotters::style::{Color, TextStyle};

type Canvas<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn Error>>;

const WIDTH: u32 = 1000;
const LEFT: i32 = 190;
const TOP: i32 = 84;
const ROW: i32 = 74;
const INK: RGBColor = RGBColor(30, 36, 44);
const QUIET: RGBColor = RGBColor(98, 108, 120);
const LINE: RGBColor = RGBColor(176, 184, 194);

/// The picture as SVG.
pub fn draw(plan: &Plan, case: &Case) -> Result<String, Box<dyn Error>> {
    let rows = i32::try_from(plan.touches().len()).unwrap_or(i32::MAX / ROW / 2);
    let ends = ends(plan);
    let below = TOP + rows * ROW;
    let height = below + 60 + 22 * i32::try_from(ends.len()).unwrap_or(20);
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, (WIDTH, u32::try_from(height).unwrap_or(WIDTH)))
            .into_drawing_area();
        canvas.fill(&WHITE)?;
        write(&canvas, plan.version().as_str(), 20, INK, (24, 18))?;
        let about = format!(
            "{} · opened by {} · {}",
            plan.program(),
            plan.opened_by().as_str().replace('_', " "),
            match plan.tone() {
                Tone::Service => "service work",
                Tone::Safety => "safety: free remedy, no offer",
                Tone::Upsell => "upsell: lowest priority",
            }
        );
        write(&canvas, &about, 13, QUIET, (24, 46))?;
        canvas.draw(&PathElement::new(vec![(LEFT, TOP), (LEFT, below + 8)], LINE.stroke_width(2)))?;
        for (row, touch) in (0..).zip(plan.touches()) {
            let y = TOP + row * ROW + 20;
            let colour = colour(touch.channel);
            write(&canvas, &touch.timing.to_string(), 13, INK, (24, y - 8))?;
            if let Some((_, at)) = case.ahead(plan).find(|(ahead, _)| ahead.id == touch.id) {
                let day = (at - case.anchor()).num_days();
                write(&canvas, &format!("day {day} of the sample"), 11, QUIET, (24, y + 8))?;
            }
            canvas.draw(&Circle::new((LEFT, y), 8, colour.filled()))?;
            let mut head = format!("{} · {}", touch.id, touch.channel.as_str().replace('_', " "));
            if let Some(offer) = touch.offer() {
                head.push_str(&format!(" · {} % off that line", offer.percent()));
            }
            if touch.with_slot {
                head.push_str(" · with a slot");
            }
            if let Some(minutes) = touch.within_minutes {
                head.push_str(&format!(" · out within {minutes} minutes"));
            }
            write(&canvas, &head, 15, INK, (LEFT + 22, y - 11))?;
            for (line, text) in (0..).zip(wrapped(&touch.why, 108)) {
                write(&canvas, &text, 12, QUIET, (LEFT + 22, y + 9 + 16 * line))?;
            }
        }
        canvas.draw(&Rectangle::new([(LEFT - 8, below + 8), (LEFT + 8, below + 24)], INK.filled()))?;
        let over = match plan.silence() {
            Silence::Lapses => "no answer: the case lapses and is left alone",
            Silence::IsNoAnswer => "no answer: never answered, which is no decline",
        };
        write(&canvas, &format!("day {}", plan.horizon_days()), 13, INK, (24, below + 9))?;
        write(&canvas, over, 15, INK, (LEFT + 22, below + 7))?;
        for (row, text) in (0..).zip(&ends) {
            write(&canvas, text, 12, QUIET, (LEFT + 22, below + 36 + 22 * row))?;
        }
        canvas.present()?;
    }
    Ok(svg)
}

/// What else ends or holds a case.
fn ends(plan: &Plan) -> Vec<String> {
    let mut ends = vec![
        "ends at once: opted out · sold or new owner · deceased · done here or elsewhere · a person took over · withdrawn"
            .to_owned(),
        match plan.follows() {
            Follows::Appointment => "an appointment that is moved begins anew; one that is kept or missed ends it".to_owned(),
            Follows::Nothing => format!(
                "a booking pauses it; after a no-show it rests {} days and goes on",
                plan.pace().spacing_days
            ),
        },
    ];
    if plan.restarts() {
        ends.push("declined once more: from the beginning, under names of a new round".to_owned());
    }
    let said = |answer: ReasonAnswer, does: &str| {
        let reasons: Vec<String> = DeclineReason::ALL
            .iter()
            .filter(|reason| plan.reasons().answer(**reason) == answer)
            .map(|reason| reason.as_str().replace('_', " "))
            .collect();
        (!reasons.is_empty()).then(|| format!("{}: {does}", reasons.join(", ")))
    };
    ends.extend(said(ReasonAnswer::DoneElsewhere, "closes it"));
    ends.extend(said(ReasonAnswer::HandOver, "goes to a person"));
    ends.extend(said(ReasonAnswer::Wait, &format!("waits {} days", plan.reasons().wait_days)));
    ends
}

fn write(canvas: &Canvas<'_>, text: &str, size: u32, colour: RGBColor, at: (i32, i32)) -> Drawn {
    let style = TextStyle::from(("sans-serif", size).into_font()).color(&colour);
    canvas.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}

const fn colour(channel: Channel) -> RGBColor {
    match channel {
        Channel::Sms | Channel::Mms => RGBColor(0, 114, 178),
        Channel::Email => RGBColor(0, 158, 115),
        Channel::LiveCall | Channel::AiCall | Channel::PrerecordedCall => RGBColor(213, 94, 0),
    }
}

/// Lines of at most so many characters, broken at spaces.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > most {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
