//! The screen: a test picture on the display that the kiosk has, and a hand that touches its marks.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use locker_hw::NowMs;
use locker_ui::{Display, MARKS, ScreenOptions, TestPicture, Touches, UiError};
use serde::Serialize;

use super::diagnosis::{Finding, Severity};
use super::display::{self, Output};
use super::seen::{Stopped, Watcher};
use super::subject::Subject;
use super::terminal::Terminal;
use super::{DoctorArgs, SYS, touch};

/// Between two looks at what the hand did.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the picture stays when all of it was touched, so that the last mark is seen to count.
const STAYS_MS: u64 = 700;
/// A display's own word on its size is rounded, and taken at the glass.
const OFF_BY_PERCENT: f32 = 7.0;

/// What was seen of the screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScreenReport {
    /// Why nothing was shown on it, or nobody touched it; none where it was examined.
    pub not_examined: Option<String>,
    /// What the display gave, across and down; none where nothing was shown.
    pub pixels: Option<(u32, u32)>,
    /// The width by which the kiosk lays itself out, in millimetres: the configuration's, or without one the profile's.
    pub width_mm: f32,
    /// The marks that felt a touch, in their order: 1 upper left to 9 lower right, in rows of three.
    pub touched: Vec<u8>,
    /// Those that felt none.
    pub not_touched: Vec<u8>,
    /// Touches that hit no mark.
    pub beside: u32,
    /// Whether all of the picture was to be seen, by a person's word; none where nobody said.
    pub looks_well: Option<bool>,
}

/// What was said of the screen before anybody looked.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Promise {
    /// By the configuration, where there is one.
    pixels: Option<(u32, u32)>,
    /// The lit area's, by the configuration, where there is one.
    width_mm: Option<f32>,
    /// Its place in the profile's elevation.
    in_profile_mm: f32,
}

impl Promise {
    #[allow(clippy::cast_precision_loss, reason = "millimetres of a cabinet")]
    fn of(subject: &Subject) -> Self {
        Self {
            pixels: subject.screen.as_ref().map(|screen| screen.pixels),
            width_mm: subject.screen.as_ref().map(|screen| screen.width_mm),
            in_profile_mm: subject.profile.screen.w_mm as f32,
        }
    }

    fn width_mm(&self) -> f32 {
        self.width_mm.unwrap_or(self.in_profile_mm)
    }
}

/// Shows the picture, and waits for a hand. Belongs on the main thread.
///
/// # Errors
/// [`Stopped`].
pub fn examine(
    subject: &Subject,
    args: &DoctorArgs,
    person: &Watcher,
    terminal: &mut Terminal,
    now: &NowMs,
    findings: &mut Vec<Finding>,
) -> Result<ScreenReport, Stopped> {
    let promise = Promise::of(subject);
    let mut report = ScreenReport {
        not_examined: None,
        pixels: None,
        width_mm: promise.width_mm(),
        touched: Vec::new(),
        not_touched: (1..=MARKS).collect(),
        beside: 0,
        looks_well: None,
    };
    let options = options(&promise, args, now);
    // What was typed for something else does not give it up.
    person.look(|seen| while seen.take_typed().is_some() {});
    let shown = TestPicture::new(&options).and_then(|picture| {
        terminal.say(
            "Touch the nine marks on the screen, in the order of their numbers. Enter gives up those that feel nothing.",
        );
        let given_up = have_touched(&picture, person, args.patience(), now)?;
        Ok((picture.pixels(), picture.touches(), given_up))
    });
    // Ended by the person: nothing more is asked.
    person.wait::<()>(Duration::ZERO, |_| None)?;
    let (pixels, touches, given_up) = match shown {
        Ok(shown) => shown,
        Err(UiError::NoDisplay(why)) => {
            report.not_examined = Some(format!("no display could be opened: {why}"));
            return Ok(report);
        }
        Err(why) => {
            report.not_examined = Some(why.to_string());
            return Ok(report);
        }
    };
    report.pixels = Some(pixels);
    report.not_touched = touch::untouched(&touches);
    (report.touched, report.beside) = (touches.marks.clone(), touches.beside);
    let outputs = match options.display {
        Display::Window => display::connected(Path::new(SYS)),
        #[cfg(feature = "demo")]
        _ => Vec::new(),
    };
    findings.extend(compare(&promise, pixels, &outputs));
    if given_up && touches == Touches::default() {
        report.not_examined = Some("it was passed over".to_owned());
        return Ok(report);
    }
    findings.extend(touch::diagnose(&touches));
    // Whoever has just touched it has looked at it.
    if !touches.marks.is_empty() {
        terminal.say("Was a thin white line to be seen along all four edges, and every colour without a spot? Type y or n.");
        let said = person.wait(args.patience(), |seen| match seen.take_typed() {
            Some(line) => Some(Some(line)),
            None => seen.typing_ended.then_some(None),
        })?;
        report.looks_well = said.flatten().and_then(|line| match line.chars().next() {
            Some('y' | 'Y') => Some(true),
            Some('n' | 'N') => Some(false),
            _ => None,
        });
        if report.looks_well == Some(false) {
            findings.push(finding(
                Severity::Fault,
                "does not show all of the picture, or not well".to_owned(),
                "an edge that is missing: switch overscan off, set the display's own pixels; spots: another display",
            ));
        }
    }
    Ok(report)
}

/// Shows the picture until all of it was touched, the person gives up, or nothing happens for too long; whether they gave up.
fn have_touched(
    picture: &TestPicture,
    person: &Watcher,
    patience: Duration,
    now: &NowMs,
) -> Result<bool, UiError> {
    let given_up = Rc::new(Cell::new(false));
    let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    let (person, now, gave_up) = (person.clone(), now.clone(), Rc::clone(&given_up));
    let (mut felt, mut since_ms) = (0, now());
    picture.run(LOOK_EVERY, move |touches| {
        if touches.marks.len() != felt {
            (felt, since_ms) = (touches.marks.len(), now());
        }
        let waited_ms = now().saturating_sub(since_ms);
        if touches.is_complete() {
            return waited_ms < STAYS_MS;
        }
        match person.wait(Duration::ZERO, |seen| seen.take_typed()) {
            Ok(None) => waited_ms < patience_ms,
            Ok(Some(_)) => {
                gave_up.set(true);
                false
            }
            Err(Stopped) => false,
        }
    })?;
    Ok(given_up.get())
}

fn options(promise: &Promise, args: &DoctorArgs, now: &NowMs) -> ScreenOptions {
    let mut options = ScreenOptions::new(args.display(), now.clone());
    options.width_mm = promise.width_mm();
    if let Some(pixels) = promise.pixels {
        options.pixels = pixels;
    }
    #[cfg(feature = "demo")]
    if let Some(pixels) = args.glass_pixels {
        options.pixels = pixels;
    }
    options
}

/// Whether the display is what was said of it. All of it is worth knowing and none keeps a kiosk from working: it lays itself out
/// by the pixels that it gets.
fn compare(promise: &Promise, pixels: (u32, u32), outputs: &[Output]) -> Vec<Finding> {
    let mut notes = Vec::new();
    let mut note = |what: String, mend: &str| notes.push(finding(Severity::Note, what, mend));
    if let Some(promised) = promise.pixels.filter(|promised| *promised != pixels) {
        note(
            format!("has {} pixels; the configuration says {}", by(pixels), by(promised)),
            "set pixels in [screen] of the configuration",
        );
    }
    if let Some(width_mm) = promise.width_mm.filter(|width_mm| is_off(*width_mm, promise.in_profile_mm)) {
        note(
            format!(
                "is {width_mm} mm wide by the configuration, {} mm by the profile",
                promise.in_profile_mm
            ),
            "measure its lit area; set width_mm in [screen] of the configuration, and the profile's w_mm",
        );
    }
    // Which of several displays shows the picture is not known here.
    let [output] = outputs else { return notes };
    let stands = pixels.1 > pixels.0;
    let as_shown = |(across, down): (u32, u32)| {
        if (down > across) == stands { (across, down) } else { (down, across) }
    };
    if let Some(own) = output.own_pixels.map(as_shown).filter(|own| *own != pixels) {
        note(
            format!("is driven with {} pixels and has {} of its own: letters blur", by(pixels), by(own)),
            "set its own mode (video= in cmdline.txt)",
        );
    }
    #[allow(clippy::cast_precision_loss, reason = "millimetres of a display, 12 bits")]
    let width = output.picture_mm.map(|picture_mm| as_shown(picture_mm).0 as f32);
    if let Some(width_mm) = width.filter(|width_mm| is_off(promise.width_mm(), *width_mm)) {
        note(
            format!("says that it is {width_mm} mm wide; the kiosk counts on {} mm", promise.width_mm()),
            "hold a ruler to the picture's 40 mm; where they are not, measure the lit area and set width_mm",
        );
    }
    notes
}

fn is_off(one_mm: f32, other_mm: f32) -> bool {
    (one_mm - other_mm).abs() * 100.0 > OFF_BY_PERCENT * other_mm
}

/// As people write it, as in 1280 x 800.
pub fn by((across, down): (u32, u32)) -> String {
    format!("{across} x {down}")
}

fn finding(severity: Severity, what: String, mend: &str) -> Finding {
    Finding { severity, part: "screen".to_owned(), what, mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISE: Promise =
        Promise { pixels: Some((1280, 800)), width_mm: Some(218.0), in_profile_mm: 220.0 };

    fn output(own_pixels: (u32, u32), picture_mm: (u32, u32)) -> Output {
        Output {
            output: "card1-HDMI-A-1".to_owned(),
            own_pixels: Some(own_pixels),
            picture_mm: Some(picture_mm),
        }
    }

    fn told(promise: Promise, pixels: (u32, u32), outputs: &[Output]) -> Vec<String> {
        compare(&promise, pixels, outputs).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_display_that_is_as_promised_is_not_spoken_of() {
        assert_eq!(told(PROMISE, (1280, 800), &[output((1280, 800), (217, 136))]), [""; 0]);
        assert_eq!(told(PROMISE, (1280, 800), &[]), [""; 0]);
        let standing = Promise { pixels: Some((720, 1280)), width_mm: Some(88.0), in_profile_mm: 88.0 };
        assert_eq!(told(standing, (720, 1280), &[output((1280, 720), (156, 88))]), [""; 0], "turned upright");
    }

    #[test]
    fn another_size_than_promised_is_told() {
        assert_eq!(
            told(PROMISE, (1024, 600), &[]),
            ["has 1024 x 600 pixels; the configuration says 1280 x 800"]
        );
        assert_eq!(
            told(Promise { in_profile_mm: 155.0, ..PROMISE }, (1280, 800), &[]),
            ["is 218 mm wide by the configuration, 155 mm by the profile"]
        );
        assert_eq!(
            told(PROMISE, (1280, 800), &[output((1024, 600), (154, 90))]),
            [
                "is driven with 1280 x 800 pixels and has 1024 x 600 of its own: letters blur",
                "says that it is 154 mm wide; the kiosk counts on 218 mm",
            ]
        );
    }

    #[test]
    fn of_two_displays_neither_is_taken_for_the_one_with_the_picture() {
        let other = output((1024, 600), (154, 90));
        assert_eq!(told(PROMISE, (1280, 800), &[other.clone(), other]), [""; 0]);
    }
}
