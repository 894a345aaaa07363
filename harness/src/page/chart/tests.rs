use super::{Bar, Bars, Columns, Fill, Series, round_above};

fn bars() -> Bars {
    let bar = |label: &str, value, number: &str, fill| Bar {
        label: label.into(),
        value,
        number: number.into(),
        fill,
    };
    Bars {
        id: "outcomes".into(),
        title: "What became of 12 crossings".into(),
        description: "9 sent, 3 suppressed <by rule>".into(),
        bars: vec![
            bar("sent & delivered", 9.0, "9", Fill::Solid),
            bar("<script>", 3.0, "3", Fill::Hatched),
            bar("credits taken back", -40.0, "-$40", Fill::Dotted),
            bar("nothing to divide by", f64::NAN, "no base", Fill::Solid),
        ],
        full: None,
        mark: Some((8.0, "target 8".into())),
    }
}

fn columns(values: Vec<Option<f64>>) -> Columns {
    Columns {
        id: "weeks".into(),
        title: "Messages a week".into(),
        description: "from 1 to 3".into(),
        labels: (0..values.len()).map(|week| format!("Week {week}")).collect(),
        bounds: false,
        mark: None,
        under: "week".into(),
        series: vec![
            Series { name: "by mileage".into(), values: values.clone(), fill: Fill::Solid },
            Series { name: "by calendar".into(), values, fill: Fill::Hatched },
        ],
        number: |value| format!("{value:.0}"),
    }
}

/// Widths of the filled bars, the track behind them left out.
fn widths(svg: &str) -> Vec<&str> {
    let filled = svg.lines().filter(|line| line.starts_with("<rect") && !line.contains("fill-track"));
    filled.filter_map(|line| line.split("width=\"").nth(1)?.split('"').next()).collect()
}

#[test]
fn every_bar_has_its_words_and_its_number_as_text_and_its_length_to_scale() {
    let svg = bars().draw().unwrap();
    for words in ["sent &amp; delivered", "&lt;script&gt;", "\n-$40", "\nno base", "target 8"] {
        assert!(svg.lines().any(|line| line.trim() == words.trim()) || svg.contains(words), "{words}\n{svg}");
    }
    // 9 is the longest, 3 a third of it; what is below zero or no number draws nothing.
    assert_eq!(widths(&svg), ["360", "120"], "{svg}");
}

#[test]
fn a_long_label_is_broken_into_lines_and_leaves_the_number_its_room() {
    let label = "Average of the store's other customer-pay orders of the period";
    let long = Bars { bars: vec![Bar { label: label.into(), ..bars().bars[0].clone() }], ..bars() };
    let svg = long.draw().unwrap();
    let lines: Vec<&str> =
        svg.lines().filter(|line| !line.is_empty() && label.replace('\'', "&apos;").contains(line)).collect();
    assert_eq!(lines.join(" "), label.replace('\'', "&apos;"), "{svg}");
    assert_eq!(lines.len(), 2);
    // Without a word there is a bar all the same.
    assert!(
        Bars { bars: vec![Bar { label: String::new(), ..bars().bars[0].clone() }], ..bars() }.draw().is_ok()
    );
}

#[test]
fn no_colour_of_its_own_is_left_and_two_fills_differ_in_pattern() {
    for svg in [bars().draw().unwrap(), columns(vec![Some(1.0), None, Some(3.0)]).draw().unwrap()] {
        assert!(!svg.contains("\"#"), "{svg}");
        assert!(svg.contains("class=\"fill-solid\""));
        let id = svg.split("<title id=\"").nth(1).unwrap().split("-t\"").next().unwrap();
        assert!(svg.contains(&format!("fill=\"url(#{id}-hatched)\"")), "{svg}");
        assert!(!svg.contains("<script"));
    }
}

#[test]
fn a_screen_reader_is_told_what_the_drawing_shows() {
    let svg = bars().draw().unwrap();
    assert!(svg.starts_with("<svg viewBox=\"0 0 360 "), "{svg}");
    assert!(svg.contains("role=\"img\" aria-labelledby=\"outcomes-t outcomes-d\""));
    assert!(svg.contains("<title id=\"outcomes-t\">What became of 12 crossings</title>"));
    assert!(svg.contains("<desc id=\"outcomes-d\">9 sent, 3 suppressed &lt;by rule&gt;</desc>"));
    assert_eq!(svg.matches("<svg").count(), 1);
    assert_eq!(svg.matches("</svg>").count(), 1);
}

#[test]
fn columns_leave_a_gap_where_there_is_nothing_to_say_and_labels_out_where_there_is_no_room() {
    let few = columns(vec![Some(1.0), None, Some(3.0)]).draw().unwrap();
    // Two series, two columns each, and the two samples of the legend.
    assert_eq!(widths(&few).len(), 2 * 2 + 2, "{few}");
    assert_eq!(few.matches("Week ").count(), 3);
    let many = columns(vec![Some(1.0); 52]).draw().unwrap();
    let labels = many.matches("Week ").count();
    assert!((3..=9).contains(&labels), "{labels} labels");
    assert!(columns(Vec::new()).draw().is_ok());
    assert!(columns(vec![Some(f64::INFINITY), Some(f64::NAN), Some(f64::MAX)]).draw().is_ok());
}

#[test]
fn a_marked_bound_is_named_whichever_labels_there_is_room_for() {
    for at in [0, 7, 25, 26] {
        let chart =
            Columns { bounds: true, mark: Some((at, "on the day".into())), ..columns(vec![Some(1.0); 52]) };
        let svg = chart.draw().unwrap();
        assert!(svg.contains("on the day"), "{at}");
        assert!(svg.lines().any(|line| line == format!("Week {at}")), "{at}\n{svg}");
    }
}

#[test]
fn a_scale_ends_at_a_round_number_at_or_above_the_greatest() {
    for (most, end, steps) in [
        (0.0, 1.0, 1),
        (1.0, 1.0, 2),
        (7.0, 8.0, 4),
        (9.0, 10.0, 5),
        (113.0, 150.0, 3),
        (0.42, 0.5, 5),
        (1000.0, 1000.0, 2),
    ] {
        let (said, step) = round_above(most);
        assert!((said - end).abs() < 1e-9 && step == steps, "{most}: {said} in {step}");
    }
}
