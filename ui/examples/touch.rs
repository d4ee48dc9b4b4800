//! From a finger up to pixels drawn: budget 10 ms at p99. `cargo run --release -p locker-ui --features glass --example touch`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use locker_ui::{Display, Kiosk, Scene, ScreenOptions, UiError};

const TIMES: usize = 1_000;

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn main() -> Result<(), UiError> {
    let began = Instant::now();
    let clock = Arc::new(move || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    let options = ScreenOptions { repeat_guard_ms: 0, ..ScreenOptions::new(Display::Offscreen, clock) };
    let kiosk = Kiosk::new(&options)?;
    kiosk.show(Scene::Code { refused: None });
    kiosk.draw()?;

    let (mut digits, mut screens) = (Vec::new(), Vec::new());
    let keys: Vec<_> = kiosk.seen().focus.into_iter().filter(|key| key.label.len() == 1).collect();
    for key in keys.iter().cycle().take(TIMES) {
        let touched = Instant::now();
        kiosk.tap(key.x + key.width / 2.0, key.y + key.height / 2.0);
        kiosk.draw()?;
        digits.push(touched.elapsed());
    }
    for count in 0..TIMES {
        let scene = if count % 2 == 0 {
            Scene::Home { left_open: None, sending: false, takes_in: true }
        } else {
            Scene::Code { refused: None }
        };
        let told = Instant::now();
        kiosk.show(scene);
        kiosk.draw()?;
        screens.push(told.elapsed());
    }
    println!("touch -> pixels drawn, 1280x800, {TIMES} times each, budget p99 <= 10 ms");
    println!(
        "  a digit on the keypad       p50 {:5.2} ms   p99 {:5.2} ms",
        at(&mut digits, 50),
        at(&mut digits, 99)
    );
    println!(
        "  another screen              p50 {:5.2} ms   p99 {:5.2} ms",
        at(&mut screens, 50),
        at(&mut screens, 99)
    );
    Ok(())
}

/// A percentile, in milliseconds.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}
