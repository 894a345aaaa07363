use super::{Chart, Figure, Page, Section, Table};

fn page() -> Page {
    let figure = || Figure {
        id: "show-rate".into(),
        label: "Show rate".into(),
        value: "81.2%".into(),
        base: "13 of 16 appointments whose day has come".into(),
        definition: "Shown of set; <cancelled> ones left out".into(),
        source: Some("DealerMine".into()),
        target: Some("target 80%".into()),
        small_base: Some("small base: 16".into()),
    };
    Page {
        title: "Scorecard: <Main & Street>".into(),
        about: vec!["January to June".into()],
        warning: Some("This is a simulated store.".into()),
        in_short: vec!["\"Quoted\" <b>words</b>".into()],
        look_first: ("First".into(), vec!["Show rate below target".into()]),
        key_figures: vec![figure()],
        small_base_below: 30,
        sections: vec![Section {
            id: "first".into(),
            title: "What crossed".into(),
            lead: vec!["A line.".into()],
            key: vec![figure()],
            charts: vec![Chart {
                svg: "<svg id=\"x\"></svg>".into(),
                title: "A chart".into(),
                caption: "Of 16".into(),
            }],
            figures: vec![figure()],
            tables: vec![Table {
                caption: "By reason".into(),
                note: "Of 4 crossings".into(),
                head: vec!["Reason".into(), "Crossings".into()],
                rows: vec![vec!["<booked>".into(), "4".into()]],
                small_print: Vec::new(),
                sum: Some(vec!["In all".into(), "4".into()]),
                folded: true,
            }],
        }],
        computed_from: vec![("Digest".into(), "ab12".into())],
    }
}

#[test]
fn what_comes_from_a_store_is_text_and_never_markup() {
    let html = page().html().unwrap();
    for words in ["&lt;Main &amp; Street&gt;", "&lt;b&gt;words", "&lt;booked&gt;", "&lt;cancelled&gt;"] {
        assert!(html.contains(words), "{words}");
    }
    for markup in ["<b>", "<booked>", "<cancelled>"] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert!(html.contains("<svg id=\"x\"></svg>"));
}

#[test]
fn a_page_is_one_file_that_fetches_nothing_and_runs_nothing() {
    let html = page().html().unwrap();
    for outside in ["http:", "https:", "<script", "src=", "@import", "url(", "<link rel=\"stylesheet"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn every_figure_stands_with_its_base_its_definition_and_its_source() {
    let html = page().html().unwrap();
    // At the top, in its section, and in the table that says how it is counted.
    assert_eq!(html.matches("data-figure=\"show-rate\"").count(), 3);
    assert_eq!(html.matches("id=\"def-show-rate\"").count(), 1);
    assert_eq!(html.matches("13 of 16 appointments").count(), 3);
    assert!(html.contains("left out</span> <span class=\"source\">Source: DealerMine"));
    assert_eq!(html.matches("small base: 16").count(), 3);
    assert_eq!(html.matches("target 80%").count(), 3);
}

#[test]
fn a_table_without_rows_is_a_table() {
    let mut page = page();
    for section in &mut page.sections {
        section.tables.push(Table {
            caption: "Empty".into(),
            head: vec!["A".into(), "B".into()],
            ..Table::default()
        });
    }
    assert!(page.html().unwrap().contains("Empty"));
}

#[test]
fn an_empty_page_is_a_page() {
    let html = Page { title: "Scorecard".into(), ..Page::default() }.html().unwrap();
    assert!(html.contains("Nothing has happened yet."));
    assert!(html.ends_with("</html>"), "{html}");
}
