/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum StreetError {
    /// The window system, its libraries or the display is missing.
    #[error(
        "no display could be opened ({0}): set DISPLAY and apt install libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"
    )]
    NoDisplay(String),
    /// The window system stopped.
    #[error("the street's window stopped: {0}")]
    Stopped(String),
}
