//! Keys do what fingers do, whatever is shown is said, and nothing of one person is left for the next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod all_scenes;
mod cabinet;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use locker_ui::{
    Believed, Display, DoorLine, DoorReading, Intent, Kiosk, Refusal, Scene, ScreenOptions, Trouble,
    TroubleKind,
};

const TEN_INCHES: (u32, u32) = (1280, 800);

/// A screen in English and Spanish, in which a millimetre is so many pixels.
fn options(pixels: (u32, u32), width_mm: f32) -> ScreenOptions {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm) = (pixels, width_mm);
    options.languages = vec!["en".into(), "es".into()];
    options.lower_doors = true;
    options.repeat_guard_ms = 0;
    options.cabinet = Some(cabinet::cabinet());
    options
}

fn kiosk() -> Kiosk {
    Kiosk::new(&options(TEN_INCHES, 218.0)).unwrap()
}

fn listened(kiosk: &Kiosk) -> Rc<RefCell<Vec<Intent>>> {
    let heard = Rc::new(RefCell::new(vec![]));
    let sink = Rc::clone(&heard);
    kiosk.on_intent(move |intent| {
        if intent != Intent::Active {
            sink.borrow_mut().push(intent);
        }
    });
    heard
}

#[test]
fn the_check_for_room_sees_a_text_without_room() {
    let kiosk = Kiosk::new(&ScreenOptions { larger_text: true, ..options((400, 240), 400.0) }).unwrap();
    kiosk.show(Scene::Home { left_open: Some(1), sending: false, takes_in: true });
    kiosk.snapshot().unwrap();
    assert!(kiosk.clipped().is_empty(), "small letters on a huge screen fit");
    drop(kiosk);
    std::thread::spawn(|| {
        let kiosk = Kiosk::new(&ScreenOptions { larger_text: true, ..options((300, 300), 60.0) }).unwrap();
        kiosk.show(Scene::Stuck { door: 24, case: "4K7-29".into(), others_left: true });
        kiosk.snapshot().unwrap();
        assert!(!kiosk.clipped().is_empty(), "a stamp has no room for it");
    })
    .join()
    .unwrap();
}

#[test]
fn a_keypad_alone_does_everything_that_a_finger_can() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.snapshot().unwrap();
    for (name, scene) in all_scenes::all() {
        kiosk.show(Scene::Working);
        kiosk.show(scene.clone());
        for control in kiosk.seen().focus {
            // On typing screens the strip has no digit: the ring reaches it.
            if control.key.is_empty() {
                continue;
            }
            let does = |act: &dyn Fn()| {
                kiosk.show(Scene::Working);
                kiosk.show(scene.clone());
                act();
                let seen = kiosk.seen().spoken;
                // The language and the text size are returned to what they were.
                kiosk.show(Scene::Home { left_open: None, sending: false, takes_in: true });
                (std::mem::take(&mut *heard.borrow_mut()), seen)
            };
            let (x, y) = (control.x + control.width / 2.0, control.y + control.height / 2.0);
            let finger = does(&|| kiosk.tap(x, y));
            let key = does(&|| kiosk.strike(&control.key));
            assert_eq!(finger, key, "{name}: {:?}", control.label);
        }
    }
}

#[test]
fn the_focus_ring_goes_round_and_enter_presses() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.show(Scene::Home { left_open: None, sending: false, takes_in: true });
    kiosk.snapshot().unwrap();
    let tab = slint::SharedString::from(slint::platform::Key::Tab);
    let enter = slint::SharedString::from(slint::platform::Key::Return);
    let stops = kiosk.seen().focus.len();
    for stop in 0..stops {
        kiosk.strike(&tab);
        let focused: Vec<usize> = kiosk
            .seen()
            .focus
            .iter()
            .enumerate()
            .filter(|(_, focus)| focus.focused)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(focused, [stop]);
    }
    kiosk.strike(&tab);
    kiosk.strike(&enter);
    assert_eq!(*heard.borrow(), [Intent::CollectParcel]);
}

#[test]
fn a_screen_says_what_it_shows_in_its_language() {
    let kiosk = kiosk();
    kiosk.show(Scene::Home { left_open: Some(7), sending: false, takes_in: true });
    kiosk.snapshot().unwrap();
    assert_eq!(
        kiosk.seen().spoken,
        "Door 7 is open. Push it shut. Scan your code, or type it. Collect a parcel: press 1. Courier: press 2. \
         Español: press 9. Larger text: press 8. Lower doors: press 7."
    );
    kiosk.strike("9");
    assert!(kiosk.seen().spoken.contains("Recoger un paquete: pulse 1."), "{}", kiosk.seen().spoken);
    kiosk.show(Scene::ScanCode);
    assert!(kiosk.seen().spoken.starts_with("Ponga su código bajo el lector."));
    kiosk.show(Scene::Home { left_open: None, sending: false, takes_in: true });
    assert!(
        kiosk.seen().spoken.contains("Collect a parcel"),
        "the next person begins in the locker's language"
    );
}

fn doors(page: u32) -> Scene {
    let line = |door| DoorLine { door, reading: DoorReading::Closed, contents: Believed::Empty, out: false };
    Scene::TechnicianDoors { doors: [7, 12, 24, 31].map(line).to_vec(), page, pages: 2 }
}

#[test]
fn a_line_of_a_list_is_picked_where_it_stands_and_the_program_turns_its_pages() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.show(doors(1));
    kiosk.snapshot().unwrap();
    assert!(kiosk.seen().spoken.contains("Door 24: Closed, Empty: press 3."), "{}", kiosk.seen().spoken);
    kiosk.strike("3");
    kiosk.show(doors(1));
    kiosk.strike("5");
    kiosk.show(doors(1));
    kiosk.strike("*");
    assert_eq!(heard.take(), [Intent::Pick(2), Intent::NextPage, Intent::Back]);
}

#[test]
fn where_one_line_has_room_the_screen_turns_the_others_by_itself_and_none_is_lost() {
    std::thread::spawn(|| {
        let options = ScreenOptions { larger_text: true, ..options((800, 480), 154.1) };
        let kiosk = Kiosk::new(&options).unwrap();
        let heard = listened(&kiosk);
        kiosk.show(doors(1));
        kiosk.snapshot().unwrap();
        let mut offered = vec![];
        for _ in 0..4 {
            let focus = kiosk.seen().focus;
            offered.push(focus[0].label.clone());
            kiosk.strike("2");
        }
        assert_eq!(offered, ["Door 7", "Door 12", "Door 24", "Door 31"]);
        assert_eq!(
            heard.take(),
            [Intent::NextPage],
            "after the last line of a page comes the program's next"
        );
        kiosk.show(doors(2));
        kiosk.strike("2");
        kiosk.strike("1");
        assert_eq!(heard.take(), [Intent::Pick(1)], "the second line of the new page");
    })
    .join()
    .unwrap();
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let kiosk = kiosk();
    let troubles = vec![
        Trouble { door: Some(7), sensor: None, what: TroubleKind::Stuck { times: 2 } },
        Trouble { door: None, sensor: None, what: TroubleKind::NoNetwork },
    ];
    kiosk.show(Scene::TechnicianHome { troubles, more: 3 });
    kiosk.snapshot().unwrap();
    let spoken = kiosk.seen().spoken;
    assert!(spoken.contains("Door 7: Stuck 2 times today, Look at its lock."), "{spoken}");
    assert!(spoken.contains("No network, All goes on without it. Check the cable."), "{spoken}");
    assert!(spoken.contains("And 3 more"), "{spoken}");
    kiosk.show(Scene::TechnicianHome { troubles: vec![], more: 0 });
    assert!(kiosk.seen().spoken.starts_with("Everything works."), "{}", kiosk.seen().spoken);
}

#[test]
fn what_is_wrong_around_the_doors_is_said_with_the_sensors_name_and_what_to_do() {
    let kiosk = kiosk();
    let of_sensor = |sensor: &str, what| Trouble { door: None, sensor: Some(sensor.into()), what };
    let troubles = vec![
        of_sensor("lid", TroubleKind::Tampered),
        of_sensor("cold", TroubleKind::TooCold { tenths_c: -5 }),
        Trouble { door: Some(7), sensor: Some("ice".into()), what: TroubleKind::TooWarm { tenths_c: 94 } },
    ];
    kiosk.show(Scene::TechnicianHome { troubles, more: 0 });
    kiosk.snapshot().unwrap();
    let spoken = kiosk.seen().spoken;
    assert!(spoken.contains("lid: Tampering, Look at the cabinet from all sides."), "{spoken}");
    assert!(spoken.contains("cold: -0.5 °C, too cold, Look at cooling and heating."), "{spoken}");
    assert!(spoken.contains("Door 7: 9.4 °C, too warm"), "{spoken}");
}

#[test]
fn of_a_sensors_long_name_the_beginning_and_the_end_are_shown() {
    let kiosk = kiosk();
    let sensor = Some("compartment temperature, upper left, 12".to_owned());
    let troubles = vec![Trouble { door: None, sensor, what: TroubleKind::ThermometerSilent }];
    kiosk.show(Scene::TechnicianHome { troubles, more: 0 });
    kiosk.snapshot().unwrap();
    let spoken = kiosk.seen().spoken;
    assert!(spoken.contains("compartment…left, 12: No temperature"), "{spoken}");
}

#[test]
fn a_return_that_was_sent_already_has_words_of_its_own() {
    let kiosk = kiosk();
    kiosk.show(Scene::SendScan { refused: Some(Refusal::AlreadySent) });
    kiosk.snapshot().unwrap();
    assert!(
        kiosk.seen().spoken.starts_with("This return was sent already. Nothing is left to do."),
        "{}",
        kiosk.seen().spoken
    );
}

#[test]
fn a_pin_is_neither_spoken_nor_logged() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.show(Scene::CourierSignIn { wrong: false });
    kiosk.snapshot().unwrap();
    for key in "4711#8642".chars() {
        kiosk.strike(&key.to_string());
    }
    let seen = kiosk.seen();
    assert!(!seen.spoken.contains("8642") && !seen.spoken.contains("4711"), "{}", seen.spoken);
    kiosk.strike("#");
    assert_eq!(*heard.borrow(), [Intent::SignIn { id: "4711".into(), pin: "8642".into() }]);
    assert_eq!(format!("{:?}", heard.borrow()), "[SignIn(..)]");
}

#[test]
fn a_count_down_takes_no_digits_from_a_slow_hand() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.show(Scene::Code { refused: None });
    kiosk.snapshot().unwrap();
    for key in ["1", "2", "3", "4", "5"] {
        kiosk.strike(key);
    }
    kiosk.show(Scene::StillThere { seconds: 20 });
    kiosk.strike("1");
    assert_eq!(heard.take(), [Intent::MoreTime]);
    kiosk.show(Scene::Code { refused: None });
    for key in ["6", "7", "8", "9", "0"] {
        kiosk.strike(key);
    }
    assert_eq!(heard.take(), [Intent::Digits("1234567890".into())]);
}

#[test]
fn nothing_typed_is_left_for_the_next_person() {
    let kiosk = kiosk();
    let heard = listened(&kiosk);
    kiosk.show(Scene::Code { refused: None });
    kiosk.snapshot().unwrap();
    for key in ["1", "2", "3", "4", "5"] {
        kiosk.strike(key);
    }
    kiosk.show(Scene::StillThere { seconds: 0 });
    kiosk.show(Scene::Home { left_open: None, sending: false, takes_in: true });
    kiosk.show(Scene::Code { refused: None });
    for key in ["6", "7", "8", "9", "0"] {
        kiosk.strike(key);
    }
    assert_eq!(heard.take(), []);
}

#[test]
fn texts_from_outside_are_bounded() {
    let kiosk = kiosk();
    let endless = "\u{7}W".repeat(100_000);
    kiosk.show(Scene::Claim { code: endless.clone(), grouped: endless.clone() });
    kiosk.snapshot().unwrap();
    kiosk.show(Scene::Reported { door: u32::MAX, case: endless });
    kiosk.snapshot().unwrap();
    assert!(kiosk.seen().spoken.len() < 1_000);
}

#[test]
fn a_screen_that_cannot_be_is_refused() {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    options.language = "xx".into();
    assert!(Kiosk::new(&options).is_err_and(|cause| cause.to_string().contains("en, es")));
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    options.width_mm = 0.0;
    assert!(Kiosk::new(&options).is_err());
}
