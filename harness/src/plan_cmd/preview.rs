use std::path::PathBuf;

use chrono::TimeDelta;
use fixedops_recovery::segments::segments;
use fixedops_recovery::{Case, Language, Renderer, Templates};
use fixedops_vocab::Channel;

use super::{find, picture, sample};
use crate::outcome::{CommandError, Outcome};

/// `plan preview`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A version, a programme, or a plan's file
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// Which words: en, es
    #[arg(long, default_value = "en")]
    pub language: Language,
    /// As if nothing but what every message needs were known: no name, no car, no miles
    #[arg(long)]
    pub spare: bool,
    /// Also the plan as a picture
    #[arg(long, value_name = "P.svg")]
    pub svg: Option<PathBuf>,
}

/// The messages in their order, each as it would go out.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let plan = find(&args.plan)?;
    let failed = |error: &dyn core::fmt::Display| CommandError::failed(error.to_string());
    let words = Renderer::new(&Templates::shipped()).map_err(|error| failed(&error))?;
    let case = Case::begin(&plan, sample::opening(&plan)).case;
    println!("{}, a case opened on {}", plan.version(), sample::opened_at().format("%Y-%m-%d %H:%M UTC"));
    for (touch, at) in case.ahead(&plan) {
        let discount = touch.offer().map(|offer| offer.percent());
        let fields = sample::fields(args.spare, discount).map_err(|error| failed(&error))?;
        let rendered = words
            .render(&touch.template, touch.channel, args.language, &fields)
            .map_err(|error| failed(&format!("{}: {error}", touch.id)))?;
        println!();
        let size = if touch.channel.is_text() {
            let count = segments(&rendered.body);
            format!(", {} segments, {:?}", count.segments, count.encoding)
        } else {
            String::new()
        };
        println!(
            "--- {} · {} · {} · {}{size}",
            touch.id,
            at.format("%Y-%m-%d %H:%M"),
            touch.timing,
            touch.channel
        );
        if let Some(subject) = &rendered.subject {
            println!("Subject: {subject}");
        }
        for (name, value) in rendered.headers.iter().filter(|_| touch.channel == Channel::Email) {
            println!("{name}: {value}");
        }
        println!("{}", rendered.body.trim_end());
    }
    println!();
    let end = case.ends_at(&plan);
    let days = (end - sample::opened_at() + TimeDelta::hours(12)).num_days();
    println!("--- {} · the case ends unless somebody answered ({days} days)", end.format("%Y-%m-%d %H:%M"));
    if let Some(path) = &args.svg {
        let drawn = picture::draw(&plan, &case).map_err(|error| failed(&error))?;
        std::fs::write(path, drawn)
            .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))?;
        eprintln!("{} written", path.display());
    }
    Ok(Outcome::Done)
}
