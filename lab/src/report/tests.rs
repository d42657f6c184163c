//! A small record, and what is made of it.

use roxmltree::{Document, ParsingOptions};

use super::page::{self, Page};
use super::{html, markdown};
use crate::machine::Machine;
use crate::raw::{
    Check, Contestant, Job, MemoryCell, MemoryRow, Point, Raw, Round, Row, Scale, Series, Set,
};

fn contestant(name: &str, package: &str, median: f64) -> Contestant {
    let round = |wall_ns| Round {
        wall_ns,
        cpu_ns: 2.0 * wall_ns,
        bounce: Some([70.0, 72.0]),
        others: Some(0.1),
        spread: None,
    };
    Contestant {
        name: name.into(),
        package: package.into(),
        version: "1.2.3".into(),
        own: name.starts_with("strait"),
        control: name == "sleeping-lock",
        cancel_safe: name != "kanal",
        messages: 1000,
        rounds: [0.9, 1.0, 1.2].map(|factor| round(median * factor)).to_vec(),
        ..Contestant::default()
    }
}

fn row(name: &str, contestants: Vec<Contestant>) -> Row {
    let arms = name.split('/').nth(2).and_then(|arms| arms.parse().ok()).unwrap_or(1);
    let job = Job { capacity: "64".into(), payload: "word".into(), arms, ..Job::default() };
    Row { name: name.into(), job, contestants, partial: false }
}

fn small() -> Raw {
    let mut broken = contestant("flume", "flume", 5.0);
    broken.faults.push("4095 messages for 4096".into());
    let rows = vec![
        row(
            "threads/same/64",
            vec![
                contestant("strait", "strait", 20.0),
                contestant("kanal", "kanal", 10.0),
                contestant("crossbeam", "crossbeam-channel", 40.0),
                contestant("sleeping-lock", "std", 9000.0),
            ],
        ),
        row("threads/same/1024", vec![contestant("strait", "strait", 9.0), broken]),
    ];
    let set = Set { title: "One thread".into(), note: "Half a <note>.".into(), rows };
    let machine = Machine {
        cpu: "Some & Co".into(),
        cores: 2,
        kernel: "6".into(),
        rustc: "rustc 1".into(),
        packages: vec!["strait 1.2.3".into()],
        commit: "abc".into(),
        command: "strait-lab --quick".into(),
        started: "2000-01-01T00:00:00Z".into(),
        seconds: 7,
        load_before: "1 2 3".into(),
        load_after: "4 5 6".into(),
    };
    Raw { machine, sets: vec![set], ..Raw::default() }
}

/// With something for every plot.
fn large() -> Raw {
    let mut raw = small();
    let everyone = |median: f64| {
        vec![
            contestant("strait", "strait", median),
            contestant("strait-dynamic", "strait", median * 1.1),
            contestant("tokio", "tokio", median * 1.7),
            contestant("nobody <knows>", "nobody", median * 3.0),
        ]
    };
    let mut rows = Vec::new();
    for arms in [2, 8, 64, 1000] {
        rows.push(row(&format!("tasks1/select-recv/{arms}/one"), everyone(50.0 * f64::from(arms))));
    }
    for (coroutines, threads) in [1, 10, 1000].into_iter().flat_map(|n| [(n, 1), (n, 2), (n, 4)]) {
        rows.push(row(&format!("talk/rendezvous/{coroutines}/{threads}"), everyone(200.0)));
    }
    for contenders in [2, 8, 1000] {
        rows.push(row(&format!("sync/mutex/tasks2/{contenders}/yield"), everyone(80.0)));
        rows.push(row(&format!("many/latest/wake/tasks2/{contenders}"), everyone(90.0)));
    }
    raw.sets.push(Set { title: "Others".into(), note: String::new(), rows });
    let cell = |name: &str, bytes| MemoryCell {
        name: name.into(),
        own: name == "strait",
        cancel_safe: true,
        bytes: Some(bytes),
        ..MemoryCell::default()
    };
    let contestants = vec![cell("strait", 256.0), cell("crossbeam", 900.0), cell("std", 0.0)];
    let row = "idle/64".into();
    raw.memory = vec![MemoryRow { row, unit: "B".into(), count: 1000, contestants }];
    let points = [1, 2, 144].map(|cores| Point { cores, mmsgs: 10.0 }).to_vec();
    let series = Series { scenario: "mpmc".into(), design: "strait".into(), points };
    let check = Check {
        cores: 2,
        scenario: "mpmc".into(),
        design: "strait".into(),
        model_ns: 90.0,
        measured_ns: 100.0,
    };
    let calibration = [("line".to_owned(), 70.0)].into();
    raw.scale = Some(Scale { calibration, series: vec![series], check: vec![check] });
    raw
}

fn names(page: &Page) -> Vec<String> {
    page.figures().map(super::plot::Figure::file).collect()
}

#[test]
fn the_text_of_a_small_record() {
    let found = markdown::render(&page::of(&small()));
    let wanted = include_str!("small.md");
    assert_eq!(found, wanted, "\n--- found:\n{found}");
}

#[test]
fn bars_of_locks_are_against_those_of_their_kind() {
    let mut raw = small();
    let everyone = vec![
        contestant("strait", "strait", 20.0),
        contestant("tokio", "tokio", 40.0),
        contestant("parking-lot", "parking_lot", 16.0),
    ];
    raw.sets[0].rows = vec![row("sync/mutex/threads/1", everyone)];
    let found = markdown::render(&page::of(&raw));
    let lines = [
        "parking_lot and std | won in every row | mean 0.50; 1 of 1 rows within |",
        "uncontended mutex against parking_lot | 1.3 | mean 1.25; 1 of 1 rows within |",
    ];
    for line in lines {
        assert!(found.contains(line), "{found}");
    }
}

#[test]
fn every_part_of_a_record_has_its_plot() {
    let names = names(&page::of(&large()));
    let wanted = [
        "plots/talk-rendezvous-coroutines-1.svg",
        "plots/talk-rendezvous-coroutines-2.svg",
        "plots/talk-rendezvous-coroutines-4.svg",
        "plots/talk-rendezvous-threads-1.svg",
        "plots/talk-rendezvous-threads-10.svg",
        "plots/talk-rendezvous-threads-1000.svg",
        "plots/arms-tasks1-select-recv-n-one.svg",
        "plots/crowd-many-latest-wake-tasks2-n.svg",
        "plots/crowd-sync-mutex-tasks2-n-yield.svg",
        "plots/set-one-thread.svg",
        "plots/set-others.svg",
        "plots/memory-b.svg",
        "plots/scale-mpmc.svg",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn plots_are_well_formed_and_have_no_colour_of_their_own() {
    for figure in page::of(&large()).figures() {
        let text = figure.alone();
        let document = Document::parse(&text).expect(&figure.title);
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "svg");
        let style = root.children().find(|child| child.has_tag_name("style"));
        let style = style.and_then(|style| style.text()).unwrap();
        assert!(style.contains("prefers-color-scheme:dark") && style.contains("print"));
        for node in root.descendants() {
            for (attribute, class) in [("fill", 'f'), ("stroke", 's')] {
                if node.attribute(attribute).is_some_and(|value| value.starts_with('#')) {
                    let class_of = node.attribute("class").expect("a class for each colour");
                    assert!(class_of.starts_with(class), "{class_of} {attribute}");
                    assert!(style.contains(&format!(".{class_of}{{")));
                }
            }
        }
    }
}

/// No two texts of a plot lie on each other, as wide as they are taken to be.
#[test]
fn texts_do_not_overlap() {
    for figure in page::of(&large()).figures() {
        let text = figure.alone();
        let document = Document::parse(&text).unwrap();
        let mut boxes: Vec<(f64, f64, f64, f64, String)> = Vec::new();
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            let number = |name| node.attribute(name).and_then(|it| it.parse::<f64>().ok()).unwrap();
            let words = node.text().unwrap_or_default().trim();
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            let wide = words.chars().count() as f64 * size * 0.6;
            let left = match node.attribute("text-anchor") {
                Some("middle") => x - wide / 2.0,
                Some("end") => x - wide,
                _ => x,
            };
            let top = if node.attribute("dy") == Some("0.5ex") { y - size / 2.0 } else { y };
            assert!(!words.is_empty() && left > 0.0 && top > 0.0, "{words} at {left}, {top}");
            boxes.push((left, left + wide, top, top + size, words.to_owned()));
        }
        assert!(boxes.len() > 5);
        for (place, a) in boxes.iter().enumerate() {
            for b in &boxes[place + 1..] {
                let apart = a.1 <= b.0 || b.1 <= a.0 || a.3 <= b.2 || b.3 <= a.2;
                assert!(apart, "{}: {a:?} {b:?}", figure.title);
            }
        }
    }
}

#[test]
fn the_page_is_well_formed_and_needs_no_server() {
    let text = html::render(&page::of(&large()));
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).expect("well-formed");
    for node in document.descendants() {
        assert!(!["script", "link", "img"].contains(&node.tag_name().name()));
        if let Some(link) = node.attribute("href") {
            assert!(document.descendants().any(|it| it.attribute("id") == link.strip_prefix('#')));
        }
    }
    let plots = document.descendants().filter(|node| node.tag_name().name() == "svg").count();
    assert_eq!(plots, page::of(&large()).figures().count());
    assert!(text.contains("nobody &lt;knows&gt;") && text.contains("class=\"bad\""));
}
