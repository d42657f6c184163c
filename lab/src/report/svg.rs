//! What plotters draws in fixed colours gets classes instead, so that one plot serves a light page,
//! a dark page and paper. The light value stays as an attribute, for viewers without style sheets.

use super::palette::{Ink, VALUES, written};

/// Turns the colours that are keys into classes: `f` for what is filled, `s` for strokes.
pub(super) fn classed(drawn: &str) -> String {
    let mut text = drawn.to_owned();
    for (key, (light, _)) in VALUES.iter().enumerate() {
        for (attribute, class) in [("fill", 'f'), ("stroke", 's')] {
            let old = format!("{attribute}=\"{}\"", written(key));
            let new = format!("class=\"{class}{key}\" {attribute}=\"{light}\"");
            text = text.replace(&old, &new);
        }
    }
    text
}

/// The rules behind the classes: light, dark where that is preferred, and black on white on paper.
pub(super) fn style() -> String {
    let rules = |value: fn(usize) -> &'static str| -> String {
        let rule = |key| format!(".f{key}{{fill:{0}}}.s{key}{{stroke:{0}}}", value(key));
        (0..VALUES.len()).map(rule).collect()
    };
    let light = rules(|key| VALUES[key].0);
    let dark = rules(|key| VALUES[key].1);
    let paper = rules(|key| {
        let text = key == usize::from(Ink::Text.key()) || key == usize::from(Ink::Faint.key());
        if text { "#000000" } else { VALUES[key].0 }
    });
    format!("{light}@media (prefers-color-scheme:dark){{{dark}}}@media print{{{paper}}}")
}

/// A plot as a file of its own.
pub(super) fn alone(classed: &str) -> String {
    match classed.split_once('>') {
        Some((head, rest)) => format!("{head}><style>{}</style>{rest}", style()),
        None => classed.to_owned(),
    }
}
