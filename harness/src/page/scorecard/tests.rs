use super::{made_up, page, scorecard};
use crate::page::Figure;

fn figures(n: u64) -> Vec<Figure> {
    let page = page(&made_up::scorecard(n)).unwrap();
    page.key_figures
        .into_iter()
        .chain(page.sections.into_iter().flat_map(|section| section.figures))
        .collect()
}

#[test]
fn every_figure_has_a_value_a_base_and_a_definition_in_a_busy_store_and_in_an_empty_one() {
    for n in [0, 7, 40_000] {
        let figures = figures(n);
        assert!(figures.len() > 90, "{}", figures.len());
        for figure in figures {
            for (what, words) in
                [("value", &figure.value), ("base", &figure.base), ("definition", &figure.definition)]
            {
                assert!(!words.trim().is_empty(), "{n}: {} has no {what}", figure.id);
            }
        }
    }
}

#[test]
fn an_empty_store_shows_no_chart_no_empty_table_and_no_nought_percent() {
    let card = made_up::scorecard(0);
    let page = page(&card).unwrap();
    for section in &page.sections {
        assert!(section.tables.iter().all(|table| !table.rows.is_empty()), "{}", section.id);
        assert!(section.figures.iter().all(|figure| !figure.value.ends_with('%')), "{}", section.id);
    }
    assert!(scorecard(&card).unwrap().contains("Nothing has happened yet."));
}

#[test]
fn a_small_base_is_marked_wherever_it_stands() {
    let (small, large) =
        (scorecard(&made_up::scorecard(20)).unwrap(), scorecard(&made_up::scorecard(4_000)).unwrap());
    assert!(small.contains("small base: 20"));
    assert!(!large.contains("small base: 20"));
    // In a table of technicians the one with few orders carries a star, the other none.
    assert!(large.contains("50.0%</td>"));
    assert!(small.contains("50.0%*</td>"));
}

#[test]
fn credited_lines_and_visits_stand_apart_and_the_benchmark_names_its_source() {
    let html = scorecard(&made_up::scorecard(600)).unwrap();
    for words in [
        "data-figure=\"credited_amount\"",
        "data-figure=\"visit_amount\"",
        "$74 below the benchmark of $494",
        "NADA 2025, as quoted by Ikon",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn sections_stand_in_order_and_say_that_the_store_is_simulated_once_only_if_it_is() {
    let mut card = made_up::scorecard(600);
    let html = scorecard(&card).unwrap();
    let ids: Vec<&str> =
        html.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "in-short",
            "came-due",
            "funnel",
            "dollars",
            "messages",
            "declined",
            "inspections",
            "relevance",
            "mileage",
            "reach",
            "weeks",
            "progress",
            "store",
            "computed-from"
        ]
    );
    assert_eq!(html.matches("This is a simulated store").count(), 1);
    assert!(html.contains("Main &lt;Street&gt; Motors &amp; Sons"));
    card.header.simulated = None;
    assert!(!scorecard(&card).unwrap().contains("simulated store"));
}

#[test]
fn what_stands_in_sight_leads_to_its_definition() {
    let html = scorecard(&made_up::scorecard(600)).unwrap();
    let tiles: Vec<&str> =
        html.split("href=\"#def-").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(tiles.len() > 25, "{}", tiles.len());
    for tile in tiles {
        assert!(html.contains(&format!("id=\"def-{tile}\"")), "{tile}");
    }
}

/// A director reads words; who wants to look the rule up finds its id in small print.
#[test]
fn a_reason_stands_in_words_and_its_rule_in_small_print() {
    let html = scorecard(&made_up::scorecard(600)).unwrap();
    let row = "<th role=\"rowheader\" scope=\"row\">Quiet hours <span class=\"source\">FED-&lt;QUIET&gt;</span></th>";
    assert!(html.contains(row));
    assert!(!html.replace(row, "").contains(">FED-"), "nowhere else");
}

#[test]
fn no_id_stands_twice() {
    let html = scorecard(&made_up::scorecard(600)).unwrap();
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn the_same_scorecard_is_the_same_page() {
    let card = made_up::scorecard(600);
    assert_eq!(scorecard(&card).unwrap(), scorecard(&card).unwrap());
    // A page to look at while working on it.
    if let Some(path) = std::env::var_os("FIXEDOPS_MADE_UP_PAGE") {
        std::fs::write(path, scorecard(&card).unwrap()).unwrap();
    }
}
