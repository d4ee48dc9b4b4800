//! How full a battery is: a MAX17040 or one made like it on an I2C bus, or the percentage that a driver of the kernel's
//! tells (`/sys/class/power_supply/*/capacity`).

use std::path::{Path, PathBuf};

use i2cdev::core::I2CDevice;
use i2cdev::linux::{LinuxI2CDevice, LinuxI2CError};

use super::thermometer::{self, ReadError};

/// The register of the state of charge (MAX17040's data sheet): percent, then 256ths of it.
const STATE_OF_CHARGE: u8 = 0x04;

/// A fuel gauge.
#[derive(Debug)]
pub(super) enum Gauge {
    /// On an I2C bus.
    Bus {
        /// As in `/dev/i2c-1`.
        path: PathBuf,
        /// Its address there.
        address: u8,
    },
    /// A file of the kernel's.
    File(PathBuf),
}

/// Why the battery is not known.
#[derive(Debug, thiserror::Error)]
pub(super) enum GaugeError {
    /// The bus, or the gauge on it, does not answer.
    #[error(transparent)]
    Bus(#[from] LinuxI2CError),
    /// The file says nothing sensible.
    #[error(transparent)]
    File(#[from] ReadError),
}

impl Gauge {
    /// By what its path names.
    pub(super) fn new(path: &Path, address: u8) -> Self {
        match path.starts_with("/dev") {
            true => Self::Bus { path: path.to_owned(), address },
            false => Self::File(path.to_owned()),
        }
    }

    /// How full it is, 0 to 100.
    pub(super) fn percent(&self) -> Result<u8, GaugeError> {
        match self {
            Self::Bus { path, address } => {
                // Opened for each question, one in ten seconds: a bus that was gone is found again.
                let mut device = LinuxI2CDevice::new(path, u16::from(*address))?;
                Ok(read(&mut device)?)
            }
            Self::File(path) => {
                let number = thermometer::number(path)?;
                match u8::try_from(number) {
                    Ok(percent @ 0..=100) => Ok(percent),
                    _ => Err(ReadError::Fault(number).into()),
                }
            }
        }
    }
}

fn read<D: I2CDevice>(device: &mut D) -> Result<u8, D::Error> {
    // SMBus sends the low byte first, the gauge its high one: the first byte is the percentage.
    let [percent, _] = device.smbus_read_word_data(STATE_OF_CHARGE)?.to_le_bytes();
    // A full battery may be told as a little more.
    Ok(percent.min(100))
}

#[cfg(test)]
mod tests {
    use i2cdev::mock::MockI2CDevice;

    use super::*;

    #[test]
    fn the_percentage_is_the_first_byte_of_its_register() {
        let mut device = MockI2CDevice::new();
        for (bytes, percent) in
            [([0x57, 0x80], 87), ([0x64, 0xFF], 100), ([0x66, 0x00], 100), ([0x00, 0x80], 0)]
        {
            device.regmap.write_regs(usize::from(STATE_OF_CHARGE), &bytes);
            assert_eq!(read(&mut device).unwrap(), percent);
        }
    }

    #[test]
    fn a_file_of_the_kernel_is_read_and_a_path_in_dev_is_a_bus() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capacity");
        std::fs::write(&path, "43\n").unwrap();
        assert_eq!(Gauge::new(&path, 0x36).percent().unwrap(), 43);
        std::fs::write(&path, "143\n").unwrap();
        assert!(Gauge::new(&path, 0x36).percent().is_err());
        let bus = Gauge::new(Path::new("/dev/there-is-no-such-bus"), 0x36);
        assert!(matches!(bus.percent(), Err(GaugeError::Bus(_))));
    }
}
