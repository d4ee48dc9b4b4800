//! Where tones go: a beeper that the kernel knows (buzzer on a GPIO or PWM pin, PC speaker), or a program that plays samples.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use evdev::{Device, EventType, InputEvent, SoundCode};

use super::tone::{self, Tone};
use crate::config::SoundBy;

/// A player is given this much longer than its tones last.
const PLAYER_IS_LATE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What sounds. Missing, it is looked for again at the next sound, and told once.
pub struct Output {
    by: SoundBy,
    beeper: Option<Device>,
    told: bool,
}

impl Output {
    pub fn new(by: SoundBy) -> Self {
        Self { by, beeper: None, told: false }
    }

    /// Returns when it has sounded.
    pub fn play(&mut self, tones: &[Tone]) {
        let played = match &self.by {
            SoundBy::Beeper(path) => beep(path, &mut self.beeper, tones),
            SoundBy::Player(command) => run(command, tones),
        };
        match played {
            Ok(()) => self.told = false,
            Err(cause) => {
                if !std::mem::replace(&mut self.told, true) {
                    log::warn!("no sound: {cause}");
                }
            }
        }
    }
}

/// Linux's input-event-codes.h: an `EV_SND` event `SND_TONE` carries the pitch in hertz, and 0 ends it.
fn beep(path: &PathBuf, beeper: &mut Option<Device>, tones: &[Tone]) -> Result<(), String> {
    let cannot = |cause: std::io::Error| format!("the beeper {}: {cause}", path.display());
    let device = match beeper {
        Some(device) => device,
        None => beeper.insert(Device::open(path).map_err(cannot)?),
    };
    let mut sounded = Ok(());
    for tone in tones.iter().copied().chain([Tone { pitch_hz: 0, length_ms: 0 }]) {
        let event = InputEvent::new(EventType::SOUND.0, SoundCode::SND_TONE.0, i32::from(tone.pitch_hz));
        // Silence is tried in any case.
        sounded = sounded.and(device.send_events(&[event]).map_err(cannot));
        std::thread::sleep(Duration::from_millis(tone.length_ms.into()));
    }
    if sounded.is_err() {
        *beeper = None;
    }
    sounded
}

/// The player reads samples until there are no more.
fn run(command: &[String], tones: &[Tone]) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let cannot = |cause: std::io::Error| format!("the player {}: {cause}", Path::new(program).display());
    let mut player = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(cannot)?;
    let given = match player.stdin.take() {
        Some(mut pipe) => pipe.write_all(&tone::samples(tones)),
        None => Ok(()),
    };
    let ended = wait_for(&mut player, tone::length(tones) + PLAYER_IS_LATE).map_err(cannot);
    given.map_err(cannot)?;
    ended
}

/// A player that hangs is ended.
fn wait_for(player: &mut Child, at_most: Duration) -> std::io::Result<()> {
    let began = Instant::now();
    while player.try_wait()?.is_none() {
        if began.elapsed() > at_most {
            player.kill()?;
            player.wait()?;
            return Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "does not end"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
