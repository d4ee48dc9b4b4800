use std::fs;
use std::path::{Path, PathBuf};

use locker_hw::profile::DEMO_24;
use locker_hw::scanner::{Connection, Kind};
use tempfile::TempDir;

use super::{NightSound, SoundBy, load};

const GOOD: &str = include_str!("tests/good.toml");

/// A folder with a configuration and the demo cabinet's profile beside it.
struct Folder(TempDir);

impl Folder {
    fn with(config: &str, profile: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("locker.toml"), config).unwrap();
        fs::write(folder.path().join("demo-24.toml"), profile).unwrap();
        Self(folder)
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("locker.toml")
    }

    /// A line for each fault, without the folder's own name.
    fn faults(&self) -> Vec<String> {
        let folder = format!("{}/", self.0.path().display());
        let faults = load(&self.config()).expect_err("something is wrong with it");
        faults.iter().map(|fault| fault.to_string().replace(&folder, "")).collect()
    }
}

fn faults_after(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    Folder::with(&GOOD.replacen(from, to, 1), DEMO_24).faults()
}

#[test]
fn a_good_configuration_is_read_whole() {
    let folder = Folder::with(GOOD, DEMO_24);
    let config = load(&folder.config()).unwrap();
    assert_eq!(config.state, Path::new("/var/lib/locker/kiosk"));
    assert_eq!(config.socket, Path::new("/run/locker/kiosk.sock"));
    assert_eq!(config.profile.compartments.len(), 24);
    assert_eq!(config.ports["locks"], Path::new("/dev/ttyUSB0"));
    assert_eq!(config.scanner, Some(Connection::new(Kind::Gm65, "/dev/ttyUSB1")));
    assert_eq!(config.screen.pixels, (800, 480));
    assert_eq!(config.screen.language, "es");
    assert_eq!(config.screen.languages, ["es", "ca", "en"]);
    assert_eq!(config.screen.blank_after_ms, Some(600_000));
    assert!(config.screen.night && !config.screen.larger_text);
    let sound = config.sound.unwrap();
    assert_eq!(sound.by, SoundBy::Beeper("/dev/input/by-path/platform-pwm-beeper-event".into()));
    assert_eq!(sound.night, NightSound::Silent);
    assert_eq!(config.night.unwrap().from, jiff::civil::time(22, 0, 0, 0));
    assert_eq!(config.hub_url.as_str(), "https://hub.example:8443/");
    assert_eq!(config.sync_state, Path::new("/var/lib/locker/sync"));
}

#[test]
fn a_gpio_chip_may_have_several_users_and_a_serial_port_only_one() {
    let at = DEMO_24.find("[[compartment]]").unwrap();
    let bank = "[[bank]]\nid = \"pins\"\nfamily = \"gpio\"\nport = \"pins\"\noutputs = [17]\ninputs = [5]\nclosed_is = \"0\"\nsupply = \"pins\"\n\n";
    let profile = format!("{}{bank}{}", &DEMO_24[..at], &DEMO_24[at..]);
    let config = GOOD.replace("[scanner]", "pins = \"/dev/gpiochip0\"\n\n[scanner]");
    let config = load(&Folder::with(&config, &profile).config()).unwrap();
    assert_eq!(config.ports["pins"], Path::new("/dev/gpiochip0"));
    let rppal = GOOD.replace("[scanner]", "pins = \"rppal\"\n\n[scanner]");
    match load(&Folder::with(&rppal, &profile).config()) {
        Ok(config) => assert!(cfg!(feature = "rppal") && config.ports["pins"] == Path::new("rppal")),
        Err(faults) => {
            assert!(faults[0].to_string().contains("ports.pins: this program was built without rppal"))
        }
    }
    let missing = Folder::with(GOOD, &profile).faults();
    assert!(missing[0].contains("ports.pins: is missing"), "{missing:?}");
    let twice = faults_after("/dev/ttyUSB1", "/dev/ttyUSB0");
    assert!(twice[0].contains("/dev/ttyUSB0 is already used by ports.locks"), "{twice:?}");
}

#[test]
fn scanner_and_looks_of_the_screen_need_not_be_named() {
    let start = GOOD.find("[scanner]").unwrap();
    let end = GOOD.find("[hub]").unwrap();
    let text = format!("{}[screen]\nwidth_mm = 218\n{}", &GOOD[..start], &GOOD[end..]);
    let config = load(&Folder::with(&text, DEMO_24).config()).unwrap();
    assert_eq!(config.scanner, None);
    assert_eq!(config.screen.pixels, (1280, 800));
    assert_eq!(config.screen.language, "en");
}

#[test]
fn a_night_without_a_zone_and_a_sound_with_two_mouths_are_refused() {
    let faults = faults_after("zone = \"Europe/Madrid\"", "zone = \"Madrid\"");
    assert!(faults[0].contains("night.zone: \"Madrid\" is no time zone as in Europe/Madrid"), "{faults:?}");
    let faults = faults_after("from = \"22:00\"", "from = \"10 pm\"");
    assert!(faults[0].contains("night.from: \"10 pm\" is no time of day as in 22:00"), "{faults:?}");
    let faults = faults_after("[sound]", "[sound]\nplayer = [\"aplay\"]");
    assert!(faults[0].contains("sound.beeper: there is a player already"), "{faults:?}");
    let faults = faults_after("\"ca\", ", "\"xx\", ");
    assert!(faults[0].contains("screen.languages: \"xx\" is not among en, es"), "{faults:?}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_file_line_and_key() {
    let folder = Folder::with(
        include_str!("tests/many-faults.toml"),
        &DEMO_24.replacen("pulse_ms = 300", "pulse_ms = 900", 1).replacen("size = \"M\"", "size = \"XL\"", 1),
    );
    let expected: Vec<&str> = include_str!("tests/many-faults.txt").lines().collect();
    let found = folder.faults();
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_one_fault_that_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let found = load(&folder.path().join("locker.toml")).unwrap_err();
    assert_eq!(found.len(), 1);
    let said = found[0].to_string();
    assert!(said.contains("No such file") && said.contains("name another with --config"), "{said}");

    let found = faults_after("demo-24.toml", "none.toml");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("locker.toml:4: locker.profile: the cabinet's profile none.toml"),
        "{found:?}"
    );
}

#[test]
fn a_profile_is_found_beside_the_configuration_or_by_its_whole_path() {
    let elsewhere = Folder::with("", DEMO_24);
    let path = elsewhere.0.path().join("demo-24.toml");
    let text = GOOD.replacen("demo-24.toml", path.to_str().unwrap(), 1);
    assert!(load(&Folder::with(&text, "not even TOML").config()).is_ok());
}

#[test]
fn the_hub_is_reached_over_tls_except_on_this_machine() {
    for url in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:1", "https://192.0.2.7"] {
        let text = GOOD.replacen("https://hub.example:8443", url, 1);
        assert!(load(&Folder::with(&text, DEMO_24).config()).is_ok(), "{url}");
    }
    for url in [
        "http://hub.example",
        "http://127.0.0.1.example",
        "http://192.0.2.7",
        "ftp://hub.example",
        "hub.example",
        "https://",
        "https://hub.example/path",
        "https://name:word@hub.example",
        "https://hub.example/?key=1",
    ] {
        let found = faults_after("https://hub.example:8443", url);
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert!(found[0].starts_with("locker.toml:30: hub.url: is "), "{url}: {found:?}");
    }
}

#[test]
fn what_contradicts_itself_is_found_between_values() {
    for (from, to, expected) in [
        ("/var/lib/locker/sync", "/var/lib/locker/kiosk", "sync.state: is to lie apart"),
        ("/var/lib/locker/sync", "/var/lib/locker", "sync.state: is to lie apart"),
        ("/var/lib/locker/sync", "/var/lib/locker/kiosk/sync", "sync.state: is to lie apart"),
        ("\"gm65\"", "\"newland\"\nbaud = 9601", "scanner.baud: 9601 is not among 4800, 9600, 19200"),
        ("\"gm65\"", "\"keyboard\"\nbaud = 9600", "scanner.baud: a keyboard has no speed"),
        ("\"gm65\"", "\"unheard\"", "scanner.family: unknown variant `unheard`, expected one of `gm65`"),
        ("/dev/ttyUSB1", "/dev/ttyUSB0", "scanner.port: /dev/ttyUSB0 is already used by ports.locks"),
        ("[scanner]", "second = \"/dev/ttyS1\"\n[scanner]", "ports.second: is no key here; known are locks"),
        ("locks = ", "# locks = ", "ports.locks: is missing"),
        ("[ports]", "[port]", "ports: is missing"),
        ("/run/locker", "/run/../locker", "locker.socket: is to be a path from the root"),
    ] {
        let found = faults_after(from, to);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{to}: {found:?}");
    }
    let long = format!("/run/{}", "s".repeat(103));
    assert!(faults_after("/run/locker/kiosk.sock", &long)[0].contains("at most 107 bytes"));
}

#[test]
fn a_door_without_a_sensor_is_refused() {
    let profile = DEMO_24.replacen("evidence = \"door\"", "evidence = \"attested\"", 1);
    let found = Folder::with(GOOD, &profile).faults();
    assert_eq!(
        found,
        [
            "demo-24.toml:38: compartment[1].evidence: \"attested\" is not supported by this version: a door without a sensor proves nothing"
        ]
    );
}

#[test]
fn files_that_are_too_long_or_no_text_are_one_clear_fault() {
    let long = Folder::with(&"#".repeat(64 * 1024 + 1), DEMO_24).faults();
    assert!(long.len() == 1 && long[0].contains("is longer than 65536 bytes"), "{long:?}");
    let folder = Folder::with("", DEMO_24);
    fs::write(folder.config(), [0xFF, 0xFE, 0]).unwrap();
    assert!(folder.faults()[0].contains("is not UTF-8"));
    let broken = Folder::with("[locker\nstate = 3", DEMO_24).faults();
    assert!(broken[0].starts_with("locker.toml:1: "), "{broken:?}");
}

#[test]
fn the_example_in_the_readme_is_a_good_configuration() {
    let readme = include_str!("../../README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    load(&Folder::with(example, DEMO_24).config()).unwrap();
}

#[test]
fn the_devices_of_sensors_and_lights_are_named_in_the_configuration() {
    let parts = "[power]\nport = \"gpio\"\nmains_lost = 6\ngauge = \"battery\"\n\n[[light]]\nport = \"gpio\"\nline = 21\ncompartments = [3]\n";
    let profile = format!("{DEMO_24}\n{parts}");
    let found = Folder::with(GOOD, &profile).faults();
    let missing = |role: &str| found.iter().any(|fault| fault.contains(&format!("ports.{role}: is missing")));
    assert!(missing("gpio") && missing("battery") && found.len() == 2, "{found:?}");
    let named = "[power]\noff = [\"systemctl\", \"poweroff\"]\n\n[ports]\ngpio = \"/dev/gpiochip0\"\nbattery = \"/dev/i2c-1\"";
    let config = load(&Folder::with(&GOOD.replacen("[ports]", named, 1), &profile).config()).unwrap();
    assert_eq!(config.ports["battery"], Path::new("/dev/i2c-1"));
    assert_eq!(config.power_off.unwrap(), ["systemctl", "poweroff"]);
    let empty = GOOD.replacen("[ports]", "[power]\noff = []\n\n[ports]", 1);
    let found = Folder::with(&empty, DEMO_24).faults();
    assert!(found[0].contains("power.off: is to be a program"), "{found:?}");
}
