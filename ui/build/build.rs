//! Compiles the screens, with the translations built in: all of them, or nothing is built.

#[path = "../src/language/table.rs"]
#[allow(dead_code, reason = "the build needs only the codes")]
mod table;
mod translations;

use std::path::Path;

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

/// Set while a new screen is drawn: what is not translated yet is English, and warned of.
const DRAFT: &str = "LOCKER_UI_DRAFT";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for input in ["build", "lang", "screens", "src/language/table.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    println!("cargo::rerun-if-env-changed={DRAFT}");
    let (_, translated) = table::LANGUAGES.split_first().ok_or("there is no language")?;
    let codes: Vec<_> = translated.iter().map(|language| language.code).collect();
    let complaints = translations::complaints(Path::new("screens"), Path::new("lang"), &codes)?;
    let draft = std::env::var_os(DRAFT).is_some();
    for complaint in &complaints {
        println!("cargo::{}=ui/{complaint}", if draft { "warning" } else { "error" });
    }
    if !complaints.is_empty() && !draft {
        return Err(format!(
            "faults in translations: {} (\"How to add a language\" in CONTRIBUTING.md); {DRAFT}=1 builds without them",
            complaints.len()
        )
        .into());
    }
    let configuration = CompilerConfiguration::new()
        .with_bundled_translations("lang")
        .with_default_translation_context(DefaultTranslationContext::None);
    slint_build::compile_with_config("screens/window.slint", configuration)?;
    Ok(())
}
