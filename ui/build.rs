//! Compiles the screens, with the translations built in.

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

fn main() -> Result<(), slint_build::CompileError> {
    println!("cargo::rerun-if-changed=lang");
    let configuration = CompilerConfiguration::new()
        .with_bundled_translations("lang")
        .with_default_translation_context(DefaultTranslationContext::None);
    slint_build::compile_with_config("screens/window.slint", configuration)
}
