//! The doctor's test picture: nothing of it is cut off, and every mark has room for a finger and its place at an edge.
//! `LOCKER_UI_PICTURES=DIR` keeps what is drawn.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod forms;
mod pixels;

use std::sync::Arc;

use forms::{FORMS, Form};
use locker_ui::{Display, Focus, MARKS, ScreenOptions, TestPicture, Touches};
use pixels::Pixels;

const WHITE: [u8; 3] = [255, 255, 255];
const BLACK: [u8; 3] = [0, 0, 0];
/// The fill of a mark that was touched.
const GREEN: [u8; 3] = [0x00, 0x5C, 0x45];
/// The ring around a touch that missed.
const AMBER: [u8; 3] = [0xFF, 0xC5, 0x3D];
/// The least that a finger hits.
const TARGET_MM: f32 = 15.0;

fn picture(form: &Form) -> TestPicture {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm) = (form.pixels, form.width_mm);
    TestPicture::new(&options).unwrap()
}

/// On each size of screen; a thread has one.
fn in_all_forms(test: impl Fn(&Form, &TestPicture) + Sync) {
    for form in &FORMS {
        std::thread::scope(|scope| scope.spawn(|| test(form, &picture(form))).join().unwrap());
    }
}

fn middle(mark: &Focus) -> (f32, f32) {
    (mark.x + mark.width / 2.0, mark.y + mark.height / 2.0)
}

fn touch(picture: &TestPicture, number: u8) {
    let seen = picture.seen();
    let mark = seen.focus.iter().find(|mark| mark.label == number.to_string()).unwrap();
    let (x, y) = middle(mark);
    picture.tap(x, y);
}

fn draw(form: &Form, picture: &TestPicture, name: &str) -> Pixels {
    let drawn = picture.snapshot().unwrap();
    if let Some(folder) = std::env::var_os("LOCKER_UI_PICTURES") {
        let file = format!("test-picture-{}-{name}.png", form.name);
        std::fs::write(std::path::Path::new(&folder).join(file), &drawn.png).unwrap();
    }
    Pixels::of(&drawn)
}

#[test]
fn the_outermost_pixels_are_lit_all_around_and_the_next_ones_are_not() {
    in_all_forms(|form, picture| {
        let pixels = draw(form, picture, "untouched");
        let (right, bottom) = (pixels.width - 1, pixels.height - 1);
        for x in 0..pixels.width {
            assert_eq!((pixels.at(x, 0), pixels.at(x, bottom)), (WHITE, WHITE), "{} at {x}", form.name);
        }
        for y in 0..pixels.height {
            assert_eq!((pixels.at(0, y), pixels.at(right, y)), (WHITE, WHITE), "{} at {y}", form.name);
        }
        for (x, y) in [(right / 3, 1), (right / 3, bottom - 1), (1, 1), (right - 1, bottom - 1)] {
            assert_eq!(pixels.at(x, y), BLACK, "{}: one pixel, no more", form.name);
        }
    });
}

#[test]
fn every_mark_has_a_fingers_room_and_those_of_the_edges_reach_them() {
    in_all_forms(|form, picture| {
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let (width, height) = (form.pixels.0 as f32, form.pixels.1 as f32);
        let mm = width / form.width_mm;
        let marks = picture.seen().focus;
        assert_eq!(marks.len(), usize::from(MARKS));
        for (at, mark) in marks.iter().enumerate() {
            assert!(mark.width >= TARGET_MM * mm && mark.height >= TARGET_MM * mm, "{}", form.name);
            let (column, row) = (at % 3, at / 3);
            let from_edges =
                [(mark.x, column == 0), (width - mark.x - mark.width, column == 2), (mark.y, row == 0)]
                    .into_iter()
                    .chain([(height - mark.y - mark.height, row == 2)]);
            for (from_edge, is_there) in from_edges {
                assert!(from_edge >= 1.0, "{}: the line stays visible", form.name);
                assert!(!is_there || from_edge <= 2.0 * mm, "{}: mark {} is at its edge", form.name, at + 1);
            }
            for other in &marks[..at] {
                let apart = (mark.x - other.x).abs() >= mark.width || (mark.y - other.y).abs() >= mark.height;
                assert!(apart, "{}: marks {} and {}", form.name, other.label, mark.label);
            }
        }
    });
}

#[test]
fn marks_turn_green_as_they_are_touched_and_are_counted_once_in_their_order() {
    in_all_forms(|form, picture| {
        let places: Vec<(f32, f32)> = picture.seen().focus.iter().map(middle).collect();
        for number in [5, 1, 9] {
            touch(picture, number);
        }
        // A finger that comes back.
        let (x, y) = places[4];
        picture.tap(x, y);
        assert_eq!(picture.touches(), Touches { marks: vec![5, 1, 9], beside: 0 }, "{}", form.name);
        assert_eq!(picture.seen().spoken, "3 / 9");
        assert!(picture.seen().focus[0].focused && picture.seen().focus[0].label == "2", "the next one");
        let pixels = draw(form, picture, "three-touched");
        for (at, (x, y)) in places.iter().enumerate() {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the screen")]
            // Beside the tick, still within the mark.
            let ground = pixels.at(*x as usize - 6 * pixels.width / 218, *y as usize - pixels.width / 30);
            assert_eq!(ground == GREEN, [0, 4, 8].contains(&at), "{}: mark {}", form.name, at + 1);
        }
        for number in [2, 3, 4, 6, 7, 8] {
            assert!(!picture.touches().is_complete());
            touch(picture, number);
        }
        assert!(picture.touches().is_complete());
        draw(form, picture, "all-touched");
    });
}

#[test]
fn a_touch_beside_the_marks_is_ringed_where_it_was_felt_until_one_hits() {
    in_all_forms(|form, picture| {
        let before = draw(form, picture, "before");
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let mm = form.pixels.0 as f32 / form.width_mm;
        // Between the first mark and that below it, in the white of the colours.
        let (first, fourth) = (middle(&picture.seen().focus[0]), middle(&picture.seen().focus[3]));
        let (x, y) = (first.0, f32::midpoint(first.1, fourth.1));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the screen")]
        let ring = ((x - 3.5 * mm) as usize, y as usize);
        picture.tap(x, y);
        assert_eq!(picture.touches(), Touches { marks: vec![], beside: 1 }, "{}", form.name);
        let missed = draw(form, picture, "beside");
        assert_eq!((before.at(ring.0, ring.1), missed.at(ring.0, ring.1)), (WHITE, AMBER), "{}", form.name);
        touch(picture, 1);
        assert_eq!(draw(form, picture, "hit").at(ring.0, ring.1), WHITE, "{}", form.name);
        assert_eq!(picture.touches(), Touches { marks: vec![1], beside: 1 });
    });
}
