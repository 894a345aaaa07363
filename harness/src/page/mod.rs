//! The pages a person reads: one file each, with nothing to fetch and no script.
//!
//! A page is data first ([`Page`]): sections of figures, tables and charts, each figure with its definition and its
//! base. One template and one style sheet make any of them a file.

mod audit;
mod chart;
mod clicks;
mod figure;
mod number;
mod plans;
mod proof;
mod scorecard;
#[cfg(test)]
mod tests;
mod words;

use std::io::Write as _;
use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::outcome::CommandError;
use crate::whole_file::WholeFile;
pub use audit::audit;
pub use chart::ChartError;
pub use clicks::clicks;
pub use plans::plans;
pub use proof::{Contact, proof, proof_of_store};
pub use scorecard::scorecard;

/// A page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A chart on it.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// Its template.
    #[error("the page's template: {0}")]
    Template(#[from] minijinja::Error),
}

/// Writes a page as a file that appears whole or not at all.
pub fn write(html: &str, out: &Path) -> Result<(), CommandError> {
    let mut file = WholeFile::create(out)?;
    file.write_all(html.as_bytes())
        .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", out.display())))?;
    file.finish(true)
}

/// A page before it is written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    /// What the page is: the kind first, then the store.
    pub title: String,
    /// Whose figures, from when until when, counted from what.
    pub about: Vec<String>,
    /// What a reader must know before he believes a figure: that the store is a simulated one.
    pub warning: Option<String>,
    /// The most important in sentences.
    pub in_short: Vec<String>,
    /// What to do about it: a heading, and sentences.
    pub look_first: (String, Vec<String>),
    /// The few figures that stand large at the top; each stands in a section too, with its definition.
    pub key_figures: Vec<Figure>,
    /// From a small base on a figure is marked: this many.
    pub small_base_below: u64,
    /// The rest.
    pub sections: Vec<Section>,
    /// What the figures were computed from, for who wants to check them.
    pub computed_from: Vec<(String, String)>,
}

/// One figure, with what it takes to understand it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure {
    /// Unique on the page.
    pub id: String,
    /// What it is, in a few words.
    pub label: String,
    /// As it is to be read, with its unit.
    pub value: String,
    /// What it was counted over, in words.
    pub base: String,
    /// How it is counted.
    pub definition: String,
    /// Who says so, where it is somebody else's figure or norm.
    pub source: Option<String>,
    /// What it is to be measured against, in words.
    pub target: Option<String>,
    /// The base, where it is so small that the figure says little.
    pub small_base: Option<String>,
}

/// A part of a page under a heading of its own.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// Unique on the page: where a link leads.
    pub id: String,
    /// The question it answers.
    pub title: String,
    /// The answer or what to look at, in a sentence or two.
    pub lead: Vec<String>,
    /// The figures that stand in sight; each stands among `figures` too.
    pub key: Vec<Figure>,
    /// Charts.
    pub charts: Vec<Chart>,
    /// All figures, in a table with their bases and definitions, folded away on a screen.
    pub figures: Vec<Figure>,
    /// Further tables.
    pub tables: Vec<Table>,
}

/// A chart with the words that go with it.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// An SVG element, see [`chart`].
    pub svg: String,
    /// Its heading.
    pub title: String,
    /// What is counted, over what.
    pub caption: String,
}

/// A table. The first cell of every row names the row.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// What it lists.
    pub caption: String,
    /// What is counted and over what.
    pub note: String,
    /// The heads of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// What stands behind the words of each row, in small print: the id of a rule. Empty where there is nothing.
    pub small_print: Vec<String>,
    /// The last row, where it is the sum of the others.
    pub sum: Option<Vec<String>>,
    /// Shown only when asked for, and on paper.
    pub folded: bool,
}

impl Page {
    /// The same page with every definition under an id of its own: a link leads to one place.
    fn with_ids_of_their_own(mut self) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        for section in &mut self.sections {
            for figure in &mut section.figures {
                let plain = figure.id.clone();
                let mut nth = 1_u32;
                while !seen.insert(figure.id.clone()) {
                    let nth_of = if nth == 1 { String::new() } else { format!(".{nth}") };
                    figure.id = format!("{}.{plain}{nth_of}", section.id);
                    nth += 1;
                }
                // What stands in sight is the same figure.
                if let Some(key) =
                    section.key.iter_mut().find(|key| key.id == plain && key.label == figure.label)
                {
                    key.id.clone_from(&figure.id);
                }
            }
        }
        self
    }

    /// The page as one file.
    pub fn html(&self) -> Result<String, PageError> {
        let page = self.clone().with_ids_of_their_own();
        let mut templates = Environment::new();
        // A name that is not there is a mistake of ours, not an empty place on the page.
        templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        templates.add_test("number_in_words", number::is_one);
        templates.add_template("page.html", include_str!("page.html"))?;
        templates.add_template("parts.html", include_str!("parts.html"))?;
        templates.add_template("page.css", include_str!("page.css"))?;
        Ok(templates.get_template("page.html")?.render(context! { page => Serde(&page) })?)
    }
}
