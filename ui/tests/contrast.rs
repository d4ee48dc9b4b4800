//! What is drawn can be read: the theme's colours have their contrast, and the screens use no others.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod all_scenes;
mod cabinet;
mod pixels;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use locker_ui::{Display, Focus, Kiosk, ScreenOptions};
use pixels::{Color, Pixels};

/// The colours of the theme by their names, by day or by night, as `theme.slint` has them.
fn theme(night: bool) -> BTreeMap<String, Color> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/screens/theme.slint");
    let source = std::fs::read_to_string(file).unwrap();
    let mut colors = BTreeMap::new();
    for line in source.lines() {
        let Some((_, rest)) = line.split_once("property <color> ") else { continue };
        let (name, value) = rest.split_once(':').unwrap();
        let found: Vec<Color> = value.split('#').skip(1).map(color).collect();
        // By night first, or the same by day and by night.
        let color = if night { found[0] } else { *found.last().unwrap() };
        colors.insert(name.trim().to_owned(), color);
    }
    assert!(colors.len() >= 8, "the theme's colours were not found");
    colors
}

fn color(hex: &str) -> Color {
    [0, 2, 4].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
}

/// Contrast ratio by WCAG 2, 1 to 21.
fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |color: Color| {
        let [red, green, blue] = color.map(|level| {
            let level = f64::from(level) / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn every_colour_keeps_its_contrast_on_its_ground() {
    // What, on what, and how much: the measures of the kiosk. A tenth is their rounding.
    let day = [
        ("ink", "paper", 17.9),
        ("quiet", "paper", 8.1),
        ("outline", "paper", 3.8),
        ("paper", "action", 7.9),
        ("paper", "open", 8.0),
        ("paper", "trouble", 7.8),
        ("ink", "caution", 11.3),
    ];
    let night = [
        ("ink", "paper", 16.8),
        ("quiet", "paper", 9.5),
        ("outline", "paper", 4.2),
        ("paper", "action", 9.2),
        ("paper", "open", 10.7),
        ("paper", "trouble", 9.3),
        ("paper", "caution", 12.1),
    ];
    for (at_night, wanted) in [(false, day), (true, night)] {
        let colors = theme(at_night);
        for (ink, ground, least) in wanted {
            let measured = contrast(colors[ink], colors[ground]);
            assert!(measured > least - 0.1, "{ink} on {ground}, night {at_night}: {measured:.2} < {least}");
        }
    }
}

/// The colours of areas: pixels like all of their neighbours. Edges of letters are mixed of two and do not count.
fn areas(pixels: &Pixels) -> BTreeSet<Color> {
    pixels
        .inner()
        // An area is wider than that, and there are many pictures.
        .filter(|(x, y)| x % 3 == 0 && y % 3 == 0)
        .filter(|&(x, y)| {
            let here = pixels.at(x, y);
            [pixels.at(x - 1, y), pixels.at(x + 1, y), pixels.at(x, y - 1), pixels.at(x, y + 1)]
                .iter()
                .all(|neighbour| *neighbour == here)
        })
        .map(|(x, y)| pixels.at(x, y))
        .collect()
}

/// The contrast between a button's ground and the darkest or lightest of what is drawn on it.
fn contrast_on(pixels: &Pixels, button: &Focus) -> f64 {
    let (left, top) = (button.x as usize + 8, button.y as usize + 8);
    let (right, bottom) = ((button.x + button.width) as usize - 8, (button.y + button.height) as usize - 8);
    let mut counted: BTreeMap<Color, usize> = BTreeMap::new();
    for y in (top..bottom).step_by(2) {
        let mut began = left;
        for x in left + 1..=right {
            if x == right || pixels.at(x, y) != pixels.at(began, y) {
                *counted.entry(pixels.at(began, y)).or_default() += x - began;
                began = x;
            }
        }
    }
    let ground = *counted.iter().max_by_key(|(_, count)| **count).unwrap().0;
    counted.keys().map(|ink| contrast(*ink, ground)).fold(1.0, f64::max)
}

#[test]
fn screens_are_drawn_in_the_themes_colours_and_what_is_on_a_button_stands_out() {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    options.lower_doors = true;
    options.cabinet = Some(cabinet::cabinet());
    let kiosk = Kiosk::new(&options).unwrap();
    kiosk.set_lower_doors(true);
    let mut complaints = vec![];
    for night in [false, true] {
        kiosk.set_night(night);
        let mut known: BTreeSet<Color> = theme(night).into_values().collect();
        // A QR is black on white by day and by night.
        known.extend([[0, 0, 0], [255, 255, 255]]);
        for (name, scene) in all_scenes::all() {
            kiosk.show(scene);
            let pixels = Pixels::of(&kiosk.snapshot().unwrap());
            let others: Vec<Color> = areas(&pixels).difference(&known).copied().collect();
            if !others.is_empty() {
                complaints.push(format!("{name}, night {night}: drawn in {others:?}"));
            }
            for button in kiosk.seen().focus {
                let measured = contrast_on(&pixels, &button);
                if measured < 7.0 {
                    let label = &button.label;
                    complaints
                        .push(format!("{name}, night {night}: {label:?} has a contrast of {measured:.1}"));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
