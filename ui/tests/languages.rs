//! Choosing a language: one touch for the first ones, a screen of its own for all, and everything mirrored where it is
//! read from the right.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use locker_ui::{Display, Focus, Intent, Kiosk, LANGUAGES, Scene, ScreenOptions};

const A: ((u32, u32), f32) = ((1280, 800), 218.0);
const C: ((u32, u32), f32) = ((800, 480), 154.1);
const D: ((u32, u32), f32) = ((720, 1280), 88.0);

fn kiosk((pixels, width_mm): ((u32, u32), f32), language: &str, languages: &[&str]) -> Kiosk {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm) = (pixels, width_mm);
    options.language = language.into();
    options.languages = languages.iter().map(|code| (*code).to_owned()).collect();
    options.lower_doors = true;
    options.voice = true;
    options.repeat_guard_ms = 0;
    let kiosk = Kiosk::new(&options).unwrap();
    kiosk.show(home());
    kiosk.draw().unwrap();
    kiosk
}

fn home() -> Scene {
    Scene::Home { left_open: None, sending: false, takes_in: true }
}

fn all() -> Vec<&'static str> {
    LANGUAGES.iter().map(|language| language.code).collect()
}

fn find(kiosk: &Kiosk, label: &str) -> Option<Focus> {
    kiosk.seen().focus.into_iter().find(|focus| focus.label == label)
}

fn touch(kiosk: &Kiosk, label: &str) {
    let focus = find(kiosk, label).unwrap_or_else(|| panic!("{label} is not among {:?}", kiosk.seen().focus));
    kiosk.tap(focus.x + focus.width / 2.0, focus.y + focus.height / 2.0);
}

#[test]
fn the_lockers_first_other_languages_are_one_touch_away() {
    let kiosk = kiosk(A, "en", &["en", "uk", "es"]);
    touch(&kiosk, "Українська");
    assert!(kiosk.seen().spoken.starts_with("Відскануйте"), "{}", kiosk.seen().spoken);
    touch(&kiosk, "Español");
    assert!(kiosk.seen().spoken.starts_with("Escanee"), "{}", kiosk.seen().spoken);
    assert!(find(&kiosk, "English").is_some(), "and the way back as well");
}

#[test]
fn every_language_is_chosen_by_a_finger_and_by_a_keypad_on_every_size_of_screen() {
    for form in [A, C, D] {
        std::thread::spawn(move || {
            let kiosk = kiosk(form, "en", &all());
            for language in &LANGUAGES[1..] {
                let mut heard = vec![];
                for by_key in [false, true] {
                    kiosk.show(Scene::Working);
                    kiosk.show(home());
                    kiosk.strike("9");
                    let mut pages = 0;
                    while find(&kiosk, language.name).is_none() {
                        kiosk.strike("0");
                        pages += 1;
                        assert!(pages < LANGUAGES.len(), "{} is on no page", language.code);
                    }
                    if by_key {
                        kiosk.strike(&find(&kiosk, language.name).unwrap().key);
                    } else {
                        touch(&kiosk, language.name);
                    }
                    heard.push(kiosk.seen().spoken);
                }
                assert_eq!(heard[0], heard[1], "{}", language.code);
                assert!(!heard[0].contains("Collect a parcel"), "{}: {}", language.code, heard[0]);
            }
        })
        .join()
        .unwrap();
    }
}

#[test]
fn the_choice_of_languages_can_be_left_as_it_was_entered() {
    let kiosk = kiosk(A, "en", &all());
    let before = kiosk.seen();
    for leave in ["*", "\u{8}"] {
        touch(&kiosk, "Languages");
        assert!(kiosk.seen().spoken.starts_with("Languages."), "{}", kiosk.seen().spoken);
        assert!(kiosk.seen().spoken.contains("English, chosen: press 1."), "{}", kiosk.seen().spoken);
        kiosk.strike(leave);
        assert_eq!(kiosk.seen(), before);
    }
}

#[test]
fn typed_digits_survive_a_change_of_language() {
    let kiosk = kiosk(A, "en", &["en", "es"]);
    let heard = Rc::new(RefCell::new(vec![]));
    let sink = Rc::clone(&heard);
    kiosk.on_intent(move |intent| {
        if intent != Intent::Active {
            sink.borrow_mut().push(intent);
        }
    });
    kiosk.show(Scene::Code { refused: None });
    "01234".chars().for_each(|digit| kiosk.strike(&digit.to_string()));
    touch(&kiosk, "Español");
    "56789".chars().for_each(|digit| kiosk.strike(&digit.to_string()));
    assert_eq!(*heard.borrow(), [Intent::Digits("0123456789".into())]);
}

#[test]
fn the_next_person_is_met_in_the_lockers_first_language() {
    let kiosk = kiosk(A, "ca", &["en", "es", "ca"]);
    let met = kiosk.seen().spoken;
    touch(&kiosk, "English");
    assert_ne!(kiosk.seen().spoken, met);
    kiosk.show(Scene::Code { refused: None });
    kiosk.show(home());
    assert_eq!(kiosk.seen().spoken, met);
}

#[test]
fn a_screen_read_from_the_right_is_mirrored_and_its_keypad_is_not() {
    for form in [A, C, D] {
        std::thread::spawn(move || {
            let width = form.0.0 as f32;
            let kiosk = kiosk(form, "en", &["en", "ar"]);
            for scene in [home(), Scene::Code { refused: None }] {
                kiosk.show(Scene::Working);
                kiosk.show(scene.clone());
                let from_left = kiosk.seen().focus;
                // By whatever leads to it where its name has no room.
                match find(&kiosk, "العربية") {
                    Some(_) => touch(&kiosk, "العربية"),
                    None => {
                        touch(&kiosk, "Languages");
                        touch(&kiosk, "العربية");
                    }
                }
                let from_right = kiosk.seen().focus;
                assert_eq!(from_left.len(), from_right.len());
                for (left, right) in from_left.iter().zip(&from_right) {
                    let is_key = left.key.len() == 1 && matches!(scene, Scene::Code { .. });
                    let mirrored = width - left.x - left.width;
                    if !is_key {
                        assert!((right.x - mirrored).abs() < 1.0, "{:?} and {:?}", left, right);
                    }
                    assert!((right.y - left.y).abs() < 1.0, "{:?} and {:?}", left, right);
                }
                // 1 2 3 run from left to right in every language.
                if let [Some(one), Some(two)] = ["1", "2"].map(|digit| find(&kiosk, digit)) {
                    assert!(one.x < two.x);
                }
                // The next person.
                kiosk.show(Scene::Working);
                kiosk.show(home());
            }
        })
        .join()
        .unwrap();
    }
}

#[test]
fn what_is_on_the_screen_is_handed_out_to_be_spoken() {
    let kiosk = kiosk(A, "es", &["es", "en"]);
    let heard = Rc::new(RefCell::new(vec![]));
    let sink = Rc::clone(&heard);
    kiosk.on_intent(move |intent| sink.borrow_mut().push(intent));
    let spoken = kiosk.seen().spoken;
    touch(&kiosk, "Escuchar");
    assert_eq!(*heard.borrow(), [Intent::Listen { spoken, language: "es" }]);
}

#[test]
fn lower_doors_shows_and_says_that_it_is_chosen_until_the_person_leaves() {
    let kiosk = kiosk(A, "en", &["en"]);
    assert!(kiosk.seen().spoken.contains("Lower doors: press 7."));
    let before = kiosk.snapshot().unwrap();
    kiosk.set_lower_doors(true);
    assert!(kiosk.seen().spoken.contains("Lower doors, chosen: press 7."), "{}", kiosk.seen().spoken);
    assert_ne!(kiosk.snapshot().unwrap(), before);
    kiosk.show(Scene::Code { refused: None });
    kiosk.show(home());
    assert!(kiosk.seen().spoken.contains("Lower doors: press 7."));
    assert_eq!(kiosk.snapshot().unwrap(), before);
}
