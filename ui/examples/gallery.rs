//! Draws every screen in every form into a folder, with a page that shows them:
//! `cargo run --release -p locker-ui --features glass --example gallery -- DIR [--size A] [--language en] [--light day]
//! [--text normal] [--screen home]`. Each choice may be given several times; none means all.

#[path = "../tests/all_scenes/mod.rs"]
mod all_scenes;
#[path = "../tests/cabinet/mod.rs"]
mod cabinet;
#[path = "../tests/forms/mod.rs"]
mod forms;
#[path = "gallery/index.rs"]
mod index;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forms::{FORMS, Form};
use locker_ui::{Display, Kiosk, LANGUAGES, Language, Scene, ScreenOptions};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is to be drawn: for each choice the values that were asked for.
struct Wanted(BTreeMap<String, Vec<String>>);

impl Wanted {
    fn has(&self, choice: &str, value: &str) -> bool {
        self.0.get(choice).is_none_or(|values| values.iter().any(|wanted| wanted.eq_ignore_ascii_case(value)))
    }
}

fn main() -> Result<(), Failure> {
    let (folder, wanted) = arguments(std::env::args().skip(1))?;
    std::fs::create_dir_all(&folder)?;
    let (mut pictures, mut complaints) = (vec![], vec![]);
    for form in FORMS {
        for language in LANGUAGES {
            for larger_text in [false, true] {
                if !wanted.has("size", form.name) || !wanted.has("language", language.code) {
                    continue;
                }
                if !wanted.has("text", index::text(larger_text)) {
                    continue;
                }
                // A thread has one screen.
                let (folder, wanted, complaints) = (&folder, &wanted, &mut complaints);
                pictures.extend(std::thread::scope(|scope| {
                    let drawn =
                        scope.spawn(|| draw(folder, wanted, &form, &language, larger_text, complaints));
                    drawn.join().unwrap_or_else(|_| Err("a screen panicked".into()))
                })?);
            }
        }
    }
    std::fs::write(folder.join("index.html"), index::page(&pictures))?;
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(PathBuf, Wanted), Failure> {
    let folder = given.next().ok_or("name the folder to draw into")?;
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(choice) = given.next() {
        let known = ["--size", "--language", "--light", "--text", "--screen"];
        let name = choice.strip_prefix("--").filter(|_| known.contains(&choice.as_str()));
        let name = name.ok_or_else(|| format!("{choice} is none of {}", known.join(", ")))?;
        let value = given.next().ok_or_else(|| format!("{choice} of what?"))?;
        wanted.entry(name.to_owned()).or_default().push(value);
    }
    Ok((PathBuf::from(folder), Wanted(wanted)))
}

fn draw(
    folder: &Path,
    wanted: &Wanted,
    form: &Form,
    language: &Language,
    larger_text: bool,
    complaints: &mut Vec<String>,
) -> Result<Vec<index::Picture>, Failure> {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    (options.pixels, options.width_mm) = (form.pixels, form.width_mm);
    options.language = language.code.into();
    options.larger_text = larger_text;
    options.lower_doors = true;
    options.cabinet = Some(cabinet::cabinet());
    let kiosk = Kiosk::new(&options)?;
    let mut pictures = vec![];
    let mut take = |screen: &'static str| -> Result<(), Failure> {
        for night in [false, true] {
            if !wanted.has("light", index::light(night)) {
                continue;
            }
            kiosk.set_night(night);
            let picture =
                index::Picture { screen, size: form.name, language: language.code, night, larger_text };
            std::fs::write(folder.join(picture.file()), kiosk.snapshot()?.png)?;
            for text in kiosk.clipped() {
                complaints.push(format!("{}: no room for {text:?}", picture.file()));
            }
            pictures.push(picture);
        }
        Ok(())
    };
    for (screen, scene) in all_scenes::all() {
        if wanted.has("screen", screen) {
            kiosk.show(scene);
            take(screen)?;
        }
    }
    if wanted.has("screen", "languages") {
        kiosk.show(Scene::Home { left_open: None, sending: true, takes_in: true });
        kiosk.snapshot()?;
        kiosk.strike("9");
        take("languages")?;
    }
    Ok(pictures)
}
