//! Which devices there are, and who holds them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Serial ports by the place that they are plugged in at: the same after a restart and after pulling them out.
const BY_PATH: &str = "/dev/serial/by-path";

/// A serial port that could be a line of lock boards or a scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The best name for `locker.toml`.
    pub path: PathBuf,
    /// What it is, for people.
    pub what: String,
}

/// The serial ports in `folder`, or those that the system has, by their places where they have one.
pub fn serial(folder: Option<&Path>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut devices = Vec::new();
    for path in entries(folder.unwrap_or(Path::new(BY_PATH))) {
        let Ok(device) = path.canonicalize() else { continue };
        found.push(Found { path, what: device.display().to_string() });
        devices.push(device);
    }
    if folder.is_some() {
        return found;
    }
    for port in serialport::available_ports().unwrap_or_default() {
        let path = PathBuf::from(&port.port_name);
        if path.canonicalize().is_ok_and(|device| devices.contains(&device)) {
            continue;
        }
        let what = match port.port_type {
            serialport::SerialPortType::UsbPort(usb) => usb.product.unwrap_or_else(|| "USB".to_owned()),
            serialport::SerialPortType::PciPort => "PCI".to_owned(),
            serialport::SerialPortType::BluetoothPort => "Bluetooth".to_owned(),
            serialport::SerialPortType::Unknown => "built in".to_owned(),
        };
        found.push(Found { path, what });
    }
    found
}

/// The GPIO chips of the kernel.
pub fn gpio_chips() -> Vec<PathBuf> {
    let mut chips = entries(Path::new("/dev"));
    chips.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("gpiochip")));
    chips
}

/// What can be touched or typed on, by the names that the kernel has for it.
pub fn inputs(sys: &Path) -> Vec<String> {
    let devices = entries(&sys.join("class/input"));
    let names = devices.iter().filter_map(|device| fs::read_to_string(device.join("device/name")).ok());
    let mut names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// Which process has one of the devices open, as far as this user may see: the device's path and the process's name.
/// A port that is claimed cannot be opened a second time, but whoever is root could, and would talk into the other's answers.
pub fn holders(devices: &BTreeMap<String, PathBuf>) -> Vec<(PathBuf, String)> {
    let wanted: Vec<(PathBuf, PathBuf)> = devices
        .values()
        .filter_map(|path| Some((path.clone(), path.canonicalize().ok()?)))
        // A pseudo-terminal is held by whoever plays the board, and by right.
        .filter(|(_, device)| !device.starts_with("/dev/pts"))
        .collect();
    let mut held = Vec::new();
    for process in entries(Path::new("/proc")) {
        let own = process.file_name().is_some_and(|name| *name == *std::process::id().to_string());
        if own || !process.join("fd").exists() {
            continue;
        }
        for descriptor in entries(&process.join("fd")) {
            let Ok(target) = fs::read_link(&descriptor) else { continue };
            for (path, _) in wanted.iter().filter(|(_, device)| *device == target) {
                let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
                held.push((path.clone(), name.trim().to_owned()));
            }
        }
    }
    held.sort();
    held.dedup();
    held
}

/// What is in a folder, in the order of the names; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_inputs_are_found_in_sysfs() {
        let sys = tempfile::tempdir().unwrap();
        let touch = sys.path().join("class/input/event0/device");
        fs::create_dir_all(&touch).unwrap();
        fs::write(touch.join("name"), "Goodix Capacitive TouchScreen\n").unwrap();
        assert_eq!(inputs(sys.path()), ["Goodix Capacitive TouchScreen"]);
    }

    #[test]
    fn ports_of_a_folder_keep_the_names_of_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("device");
        fs::write(&device, "").unwrap();
        let places = folder.path().join("by-path");
        fs::create_dir(&places).unwrap();
        std::os::unix::fs::symlink(&device, places.join("usb-1.2")).unwrap();
        std::os::unix::fs::symlink("gone", places.join("usb-1.3")).unwrap();
        let found = serial(Some(&places));
        assert_eq!(found.len(), 1, "what is not there is no port");
        assert_eq!(found[0].path, places.join("usb-1.2"));
    }
}
