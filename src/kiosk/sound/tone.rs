//! The tones of each sound: rising for what is done, twice the same for "look", one low and long for "no".

use std::f32::consts::TAU;
use std::time::Duration;

use locker_engine::Sound;

/// Samples a second of what a program is given to play, 16 bits each, one channel.
pub const SAMPLES_A_SECOND: u32 = 16_000;
/// Tones begin and end softly within this, so that nothing cracks.
const RAMP: Duration = Duration::from_millis(4);
/// A third of what fits: loud enough, and not harsh.
const LOUDNESS: f32 = 11_000.0;

/// One tone; 0 Hz is a pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tone {
    /// In hertz.
    pub pitch_hz: u16,
    /// In milliseconds.
    pub length_ms: u16,
}

const fn tone(pitch_hz: u16, length_ms: u16) -> Tone {
    Tone { pitch_hz, length_ms }
}

/// The tones of a sound.
pub fn of(sound: Sound) -> &'static [Tone] {
    const STORED: &[Tone] = &[tone(1_047, 70), tone(0, 20), tone(1_568, 120)];
    const LOOK: &[Tone] = &[tone(880, 90), tone(0, 60), tone(880, 90)];
    const REFUSED: &[Tone] = &[tone(220, 350)];
    const TICK: &[Tone] = &[tone(2_000, 25)];
    const ALARM: &[Tone] =
        &[tone(1_760, 250), tone(1_320, 250), tone(1_760, 250), tone(1_320, 250), tone(1_760, 250)];
    match sound {
        Sound::Stored => STORED,
        Sound::Look => LOOK,
        Sound::Refused => REFUSED,
        Sound::Tick => TICK,
        Sound::Alarm => ALARM,
    }
}

/// How long tones last together.
pub fn length(tones: &[Tone]) -> Duration {
    Duration::from_millis(tones.iter().map(|tone| u64::from(tone.length_ms)).sum())
}

/// The same as samples: signed, 16 bits, the low byte first.
pub fn samples(tones: &[Tone]) -> Vec<u8> {
    let count = |length: Duration| length.as_millis() * u128::from(SAMPLES_A_SECOND) / 1_000;
    let ramp = count(RAMP);
    let mut bytes = Vec::new();
    for tone in tones {
        let total = count(Duration::from_millis(tone.length_ms.into()));
        for at in 0..total {
            #[allow(clippy::cast_precision_loss, reason = "below a minute of samples")]
            let softly = (at.min(total - at).min(ramp) as f32) / ramp as f32;
            #[allow(clippy::cast_precision_loss, reason = "below a minute of samples")]
            let turn = f32::from(tone.pitch_hz) * at as f32 / SAMPLES_A_SECOND as f32;
            #[allow(clippy::cast_possible_truncation, reason = "within LOUDNESS")]
            let sample = ((turn * TAU).sin() * softly * LOUDNESS) as i16;
            bytes.extend(sample.to_le_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sound; 5] = [Sound::Stored, Sound::Look, Sound::Refused, Sound::Tick, Sound::Alarm];

    #[test]
    fn no_two_sounds_are_alike() {
        for (index, one) in ALL.iter().enumerate() {
            for other in &ALL[index + 1..] {
                assert_ne!(of(*one), of(*other));
            }
        }
    }

    #[test]
    fn what_is_played_lasts_as_long_as_its_tones_and_never_cracks() {
        for sound in ALL {
            let tones = of(sound);
            let bytes = samples(tones);
            let ms = bytes.len() as u128 / 2 * 1_000 / u128::from(SAMPLES_A_SECOND);
            assert_eq!(ms, length(tones).as_millis());
            let samples: Vec<i32> =
                bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).into()).collect();
            assert!(samples.iter().any(|sample| sample.abs() > 8_000), "{sound:?} is heard");
            let leap = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap_or(0);
            assert!(leap < 9_000, "{sound:?} leaps by {leap}");
        }
    }
}
