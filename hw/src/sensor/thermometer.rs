//! Thermometers of the kernel: a DS18B20 on the one-wire bus, `/sys/bus/w1/devices/28-*/temperature`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file of the kernel's that tells a number is shorter.
const MOST_BYTES: u64 = 64;
/// What a DS18B20 says when it was just powered, and when it was disturbed; in thousandths of a degree Celsius.
const FAULTS: [i32; 2] = [85_000, 127_940];
/// What a DS18B20 can measure, in thousandths of a degree Celsius.
const MEASURABLE: std::ops::RangeInclusive<i32> = -55_000..=125_000;

/// Why there is no number.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What it holds is no number.
    #[error("it does not hold a number")]
    NoNumber,
    /// What it holds cannot be.
    #[error("{0} is a fault, not a measurement")]
    Fault(i32),
}

/// The number in a small file of the kernel's.
pub(super) fn number(path: &Path) -> Result<i32, ReadError> {
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    text.trim().parse().map_err(|_| ReadError::NoNumber)
}

/// A temperature in tenths of a degree Celsius. Takes a thermometer 0.75 s.
pub(super) fn tenths_c(path: &Path) -> Result<i16, ReadError> {
    let thousandths = number(path)?;
    if FAULTS.contains(&thousandths) || !MEASURABLE.contains(&thousandths) {
        return Err(ReadError::Fault(thousandths));
    }
    i16::try_from(thousandths.div_euclid(100)).map_err(|_| ReadError::Fault(thousandths))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read_and_what_a_disturbed_sensor_says_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temperature");
        for (text, expected) in [
            ("23125\n", Some(231)),
            ("-1062\n", Some(-11)),
            ("0\n", Some(0)),
            ("85000\n", None),
            ("127940\n", None),
            ("125001\n", None),
            ("\n", None),
            ("warm\n", None),
            ("99999999999\n", None),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(tenths_c(&path).ok(), expected, "{text}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(tenths_c(&path), Err(ReadError::Io(_))));
    }
}
