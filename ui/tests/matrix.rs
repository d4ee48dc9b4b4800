//! Every screen in every size, language and size of text, by day and by night: what a designer would send back.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod all_scenes;
mod cabinet;
mod forms;

use std::collections::BTreeMap;
use std::sync::Arc;

use forms::{FORMS, Form};
use locker_ui::{Display, Focus, Kiosk, LANGUAGES, ScreenOptions};

/// The smallest target, and the least of it that may be missing by rounding to whole pixels.
const TARGET_MM: f32 = 15.0;
const ROUNDING_PX: f32 = 0.5;

fn kiosk(form: &Form, language: &str, larger_text: bool) -> Kiosk {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm) = (form.pixels, form.width_mm);
    options.language = language.into();
    options.larger_text = larger_text;
    options.lower_doors = true;
    options.voice = true;
    options.repeat_guard_ms = 0;
    options.cabinet = Some(cabinet::cabinet());
    Kiosk::new(&options).unwrap()
}

fn apart(one: &Focus, other: &Focus) -> bool {
    one.x + one.width <= other.x + ROUNDING_PX
        || other.x + other.width <= one.x + ROUNDING_PX
        || one.y + one.height <= other.y + ROUNDING_PX
        || other.y + other.height <= one.y + ROUNDING_PX
}

/// What is wrong with the targets of the screen as it is.
fn targets(form: &Form, focus: &[Focus]) -> Vec<String> {
    let (width, height) = (form.pixels.0 as f32, form.pixels.1 as f32);
    let target = TARGET_MM * width / form.width_mm - ROUNDING_PX;
    let mut complaints = vec![];
    for (index, one) in focus.iter().enumerate() {
        if one.width < target || one.height < target {
            complaints.push(format!("{:?} is {} x {} px", one.label, one.width, one.height));
        }
        if one.x < 0.0 || one.y < 0.0 || one.x + one.width > width || one.y + one.height > height {
            complaints.push(format!("{:?} is beside the screen", one.label));
        }
        for other in &focus[index + 1..] {
            if !apart(one, other) {
                complaints.push(format!("{:?} lies on {:?}", one.label, other.label));
            }
        }
    }
    complaints
}

/// Everything that can be measured without drawing it, of every screen and of every page of the choice of languages.
fn measured(form: &Form, language: &str, larger_text: bool) -> Vec<String> {
    let kiosk = kiosk(form, language, larger_text);
    // What is wrong with one screen is often so with many: each is told once, with the first.
    let mut complaints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut measure = |name: &str, kiosk: &Kiosk| {
        // What is drawn only sometimes does not exist before.
        kiosk.draw().unwrap();
        let focus = kiosk.seen().focus;
        let all = targets(form, &focus)
            .into_iter()
            .chain(kiosk.clipped().into_iter().map(|text| format!("no room for {text:?}")));
        for what in all {
            complaints.entry(what).or_default().push(name.to_owned());
        }
    };
    for (name, scene) in all_scenes::all() {
        kiosk.show(scene);
        // Home forgets it.
        kiosk.set_lower_doors(true);
        measure(name, &kiosk);
    }
    kiosk.show(locker_ui::Scene::Home { left_open: None, sending: true, takes_in: true });
    kiosk.strike("9");
    for _ in 0..LANGUAGES.len() {
        measure("languages", &kiosk);
        kiosk.strike("0");
    }
    let text = if larger_text { " in larger text" } else { "" };
    complaints
        .into_iter()
        .map(|(what, at)| {
            format!("{} {language}{text}: {what} at {} ({} screens)", form.name, at[0], at.len())
        })
        .collect()
}

/// Of one size, in all languages; languages are measured beside each other, each on a thread of its own.
fn all_fits(form: &Form) {
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let forms = [false, true].map(|larger_text| {
            scope.spawn(move || {
                LANGUAGES
                    .iter()
                    // A thread has one screen.
                    .flat_map(|language| {
                        std::thread::scope(|scope| {
                            scope.spawn(|| measured(form, language.code, larger_text)).join().unwrap()
                        })
                    })
                    .collect::<Vec<String>>()
            })
        });
        forms.into_iter().flat_map(|form| form.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn at_1280_by_800_every_text_fits_and_every_target_can_be_hit() {
    all_fits(&FORMS[0]);
}

#[test]
fn at_1024_by_600_every_text_fits_and_every_target_can_be_hit() {
    all_fits(&FORMS[1]);
}

#[test]
fn at_800_by_480_every_text_fits_and_every_target_can_be_hit() {
    all_fits(&FORMS[2]);
}

#[test]
fn at_720_by_1280_every_text_fits_and_every_target_can_be_hit() {
    all_fits(&FORMS[3]);
}
