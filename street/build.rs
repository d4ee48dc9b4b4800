//! Compiles the window.

fn main() -> Result<(), slint_build::CompileError> {
    slint_build::compile("screens/window.slint")
}
