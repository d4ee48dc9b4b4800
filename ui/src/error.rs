/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// The window system, its libraries or the display is missing.
    #[error(
        "no display could be opened ({0}): set DISPLAY and apt install libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0, or use --headless"
    )]
    NoDisplay(String),
    /// This thread has a screen already.
    #[error("a thread has one screen only, and this one has it already")]
    AlreadyOpen,
    /// The screen stopped.
    #[error("the screen stopped: {0}")]
    Stopped(String),
    /// A measure that no screen has.
    #[error("a screen of {width} x {height} px, {width_mm} mm wide, cannot be laid out")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Millimetres across.
        width_mm: f32,
    },
    /// The screens are not translated into this language.
    #[error("no screens in language {asked:?}; there are: {known}")]
    Language {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// The glass's socket.
    #[error("the glass cannot use {path}: {cause}")]
    Glass {
        /// Where the socket was wanted.
        path: std::path::PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}
