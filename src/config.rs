//! `locker.toml`. Read with every fault at once, each with its line and key.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use locker_hw::profile::Profile;
use locker_hw::scanner::Connection;
use reqwest::Url;

pub use read::load;

/// Where the configuration lies on a locker.
pub const DEFAULT_PATH: &str = "/etc/locker/locker.toml";

/// The configuration of one locker, with its cabinet's profile, both checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the kiosk keeps journal and keys; absolute.
    pub state: PathBuf,
    /// The socket between kiosk and sync; absolute.
    pub socket: PathBuf,
    /// The cabinet.
    pub profile: Profile,
    /// The file that the cabinet's profile was read from.
    pub profile_path: PathBuf,
    /// The device of each port that the profile names, and of no other.
    pub ports: BTreeMap<String, PathBuf>,
    /// The scanner, if there is one.
    pub scanner: Option<Connection>,
    /// What switches the machine off when its battery is nearly empty: a program and its arguments.
    pub power_off: Option<Vec<String>>,
    /// The screen.
    pub screen: ScreenConfig,
    /// When it is night.
    pub night: Option<NightConfig>,
    /// Sounds, where there is something to sound.
    pub sound: Option<SoundConfig>,
    /// The hub: `https`, or `http` on this machine; without a path.
    pub hub_url: Url,
    /// Where sync keeps its key and memory; absolute, apart from `state`.
    pub sync_state: PathBuf,
}

/// The screen of one locker.
#[derive(Debug, Clone)]
pub struct ScreenConfig {
    /// Width and height, each 200 to 8,192.
    pub pixels: (u32, u32),
    /// Width of the lit area, 50 to 1,000.
    pub width_mm: f32,
    /// Which language it begins with: a code of [`locker_ui::LANGUAGES`].
    pub language: String,
    /// The languages that can be chosen, the most wanted first; all where none are named.
    pub languages: Vec<String>,
    /// Dark ground, also by day.
    pub night: bool,
    /// Begin with larger text.
    pub larger_text: bool,
    /// Nobody has been here for so long: the screen goes dark until the next touch. Never where there is none.
    pub blank_after_ms: Option<u64>,
    /// A window takes the whole screen and shows no cursor.
    pub full_screen: bool,
}

/// From when to when the screen is dark; past midnight where `to` is not later.
#[derive(Debug, Clone)]
pub struct NightConfig {
    /// It begins then.
    pub from: Time,
    /// It is over then.
    pub to: Time,
    /// By this zone's clocks.
    pub zone: TimeZone,
}

/// The sounds of one locker.
#[derive(Debug, Clone)]
pub struct SoundConfig {
    /// What sounds.
    pub by: SoundBy,
    /// What is heard at night.
    pub night: NightSound,
}

/// What sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundBy {
    /// An input device that can make tones; absolute.
    Beeper(PathBuf),
    /// A program and its arguments: it plays what it reads, 16,000 samples a second, 16 bits signed little-endian, one channel.
    Player(Vec<String>),
}

/// What is heard at night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NightSound {
    /// The alarm only.
    Silent,
    /// Everything.
    Full,
}

/// When this program was built, in seconds since 1970.
pub fn built_unix_s() -> u64 {
    // Set by build.rs, always a number.
    env!("LOCKER_BUILT_UNIX_S").parse().unwrap_or(0)
}
