//! Draws every screen into a folder: `cargo run -p locker-ui --example gallery --features glass -- DIR`.

#[path = "../tests/all_scenes/mod.rs"]
mod all_scenes;

use std::path::Path;
use std::sync::Arc;

use locker_ui::{Display, Kiosk, LANGUAGES, Language, ScreenOptions};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or("name the folder to draw into")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (pixels, width_mm) in [((1280, 800), 218.0), ((800, 480), 154.0)] {
        for Language { code: language, .. } in LANGUAGES {
            for night in [false, true] {
                for larger_text in [false, true] {
                    // A thread has one screen.
                    std::thread::scope(|scope| {
                        let drawn =
                            scope.spawn(|| draw(folder, pixels, width_mm, language, night, larger_text));
                        drawn.join().unwrap_or_else(|_| Err("a screen panicked".into()))
                    })?;
                }
            }
        }
    }
    Ok(())
}

fn draw(
    folder: &Path,
    pixels: (u32, u32),
    width_mm: f32,
    language: &str,
    night: bool,
    larger_text: bool,
) -> Result<(), Failure> {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm, options.night) = (pixels, width_mm, night);
    options.language = language.into();
    options.larger_text = larger_text;
    options.lower_doors = true;
    options.cabinet = Some(all_scenes::cabinet());
    let kiosk = Kiosk::new(&options)?;
    for (name, scene) in all_scenes::all() {
        kiosk.show(scene);
        let picture = kiosk.snapshot()?;
        let light = if night { "night" } else { "day" };
        let text = if larger_text { "-larger" } else { "" };
        let file = format!("{}-{language}-{light}{text}-{name}.png", picture.width);
        std::fs::write(folder.join(file), picture.png)?;
        if let Some(text) = kiosk.clipped().first() {
            return Err(format!("{name} at {} in {language}: no room for {text:?}", picture.width).into());
        }
    }
    Ok(())
}
