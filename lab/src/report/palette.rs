//! Colours and shapes. Every library has its own pair, the same in all plots: the colours are those
//! of Okabe and Ito, which people who see few colours can tell apart, lighter on a dark ground.
//! While a plot is drawn its colours are keys, which `svg` turns into classes.

use plotters::style::RGBColor;

use crate::raw::Contestant;

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Ground,
    /// Every other row.
    Band,
    Grid,
    Text,
    /// Of ticks and notes.
    Faint,
    /// Of data: 0 is ours.
    Data(u8),
}

/// Light and dark values of each key, in the order of [`Ink::key`].
pub(super) const VALUES: [(&str, &str); 13] = [
    ("#ffffff", "#15181c"),
    ("#f4f5f7", "#1c2026"),
    ("#d9dce1", "#343a42"),
    ("#1b1f24", "#e6e8eb"),
    ("#5b626c", "#a4abb5"),
    ("#d55e00", "#ff8534"),
    ("#0072b2", "#5aa2f0"),
    ("#009e73", "#2fc79c"),
    ("#b8578f", "#e79ac6"),
    ("#2f9fdc", "#8ed2f7"),
    ("#9c8600", "#ede04a"),
    ("#c98500", "#f0b43c"),
    ("#6b7280", "#b3bac4"),
];

/// Keys are colours that nothing else has.
const KEY: (u8, u8) = (0xA5, 0x5A);

impl Ink {
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Ground => 0,
            Self::Band => 1,
            Self::Grid => 2,
            Self::Text => 3,
            Self::Faint => 4,
            Self::Data(number) => 5 + number,
        }
    }

    pub(super) const fn color(self) -> RGBColor {
        RGBColor(KEY.0, KEY.1, self.key())
    }
}

/// How plotters writes the colour of a key.
pub(super) fn written(key: usize) -> String {
    format!("#{:02X}{:02X}{key:02X}", KEY.0, KEY.1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Up,
    Down,
    Diamond,
    Cross,
    Plus,
}

/// How one contestant is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) ink: Ink,
    pub(super) shape: Shape,
    /// Drawn as an outline: another form of the library.
    pub(super) hollow: bool,
    /// Ours: larger, and above the others.
    pub(super) strong: bool,
}

const LIBRARIES: [(&str, u8, Shape); 20] = [
    ("strait", 0, Shape::Disc),
    ("crossbeam-channel", 1, Shape::Square),
    ("kanal", 2, Shape::Up),
    ("flume", 3, Shape::Diamond),
    ("tokio", 4, Shape::Disc),
    ("async-channel", 5, Shape::Down),
    ("crossfire", 6, Shape::Square),
    ("tachyonix", 1, Shape::Plus),
    ("loole", 2, Shape::Cross),
    ("std", 7, Shape::Square),
    ("futures-channel", 5, Shape::Plus),
    ("futures", 7, Shape::Disc),
    ("tokio-stream", 4, Shape::Plus),
    ("go", 4, Shape::Up),
    ("kotlin", 3, Shape::Down),
    ("async-lock", 5, Shape::Diamond),
    ("parking_lot", 1, Shape::Disc),
    ("mea", 2, Shape::Square),
    ("async-broadcast", 6, Shape::Up),
    ("postage", 7, Shape::Diamond),
];

/// The shapes of further forms of one library, in turn.
const FORMS: [Shape; 5] = [Shape::Square, Shape::Diamond, Shape::Up, Shape::Down, Shape::Disc];

/// The style of each of `all`, which stand in one plot.
pub(super) fn styles<'a>(all: &[&'a Contestant]) -> Vec<(&'a str, Style)> {
    let mut forms = std::collections::BTreeMap::new();
    let style = |one: &&'a Contestant| {
        let package = if one.own { "strait" } else { &*one.package };
        let of_package = LIBRARIES.iter().find(|(name, ..)| *name == package);
        let &(_, color, shape) = of_package.unwrap_or(&("", 7, Shape::Cross));
        let form = forms.entry(package).and_modify(|form| *form += 1).or_insert(0_usize);
        let shape = match form.checked_sub(1) {
            None => shape,
            Some(further) => FORMS[further % FORMS.len()],
        };
        let strong = one.own && *form == 0;
        (&*one.name, Style { ink: Ink::Data(color), shape, hollow: *form > 0, strong })
    };
    all.iter().map(style).collect()
}

/// A style for the `place`th of things that are no libraries.
pub(super) fn nth(name: &str, place: usize) -> Style {
    const SHAPES: [Shape; 7] = [
        Shape::Square,
        Shape::Up,
        Shape::Diamond,
        Shape::Disc,
        Shape::Down,
        Shape::Plus,
        Shape::Cross,
    ];
    if name.starts_with("strait") && !name.contains("lock") {
        return Style { ink: Ink::Data(0), shape: Shape::Disc, hollow: false, strong: true };
    }
    let color = 1 + (place % 7) as u8;
    Style { ink: Ink::Data(color), shape: SHAPES[place % 7], hollow: false, strong: false }
}

/// What was measured, on top of a model.
pub(super) const MEASURED: Style =
    Style { ink: Ink::Text, shape: Shape::Disc, hollow: true, strong: true };
