//! Where the two windows lie: side by side, the kiosk at the left.

use std::str::FromStr;

/// The least room in which both can be used, in pixels.
const LEAST: (u32, u32) = (1_280, 720);
/// More than any display has.
const MOST: u32 = 16_384;
/// A window system's panel, and the bar over each window.
const BARS: u32 = 76;
/// Between the windows: their frames.
const BETWEEN: u32 = 10;
/// A street larger than this is only emptier.
const MOST_STREET: (u32, u32) = (1_600, 1_400);

/// The room for both windows, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desk {
    width: u32,
    height: u32,
}

impl Default for Desk {
    /// A small laptop.
    fn default() -> Self {
        Self { width: 1_366, height: 768 }
    }
}

impl FromStr for Desk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text
            .split_once('x')
            .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        match sides {
            Some((width, height))
                if (LEAST.0..=MOST).contains(&width) && (LEAST.1..=MOST).contains(&height) =>
            {
                Ok(Self { width, height })
            }
            _ => Err(format!("WIDTHxHEIGHT, at least {}x{}", LEAST.0, LEAST.1)),
        }
    }
}

impl Desk {
    /// The kiosk's window: as wide as the street leaves room for, in the proportions of a 10.1 inch screen.
    pub fn kiosk_size(self) -> (u32, u32) {
        let width =
            (self.width * 47 / 100).min((self.height - BARS) * 16 / 10).min(super::super::stage::SCREEN.0);
        (width, width * 10 / 16)
    }

    /// The street's window.
    pub fn street_size(self) -> (u32, u32) {
        let width = self.width - self.kiosk_size().0 - BETWEEN;
        (width.min(MOST_STREET.0), (self.height - BARS).min(MOST_STREET.1))
    }

    /// Its upper left corner.
    pub fn street_at(self) -> (i32, i32) {
        (i32::try_from(self.kiosk_size().0 + BETWEEN).unwrap_or(0), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_windows_fit_a_small_laptop_and_any_other_desk() {
        for (size, desk) in [
            ("1366x768", Desk::default()),
            ("1280x720", "1280x720".parse().unwrap()),
            ("3840x2160", "3840x2160".parse().unwrap()),
        ] {
            assert_eq!(size.parse(), Ok(desk));
            let ((kiosk, kiosk_high), (street, street_high)) = (desk.kiosk_size(), desk.street_size());
            assert!(kiosk + BETWEEN + street <= desk.width, "{size}");
            assert!(kiosk_high.max(street_high) + BARS <= desk.height, "{size}");
        }
        assert!("1024x768".parse::<Desk>().is_err());
        assert!("wide".parse::<Desk>().is_err());
    }
}
