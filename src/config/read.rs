//! From the file, and the profile that it names, to a checked [`Config`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use locker_hw::gpio::{self, GpioError};
use locker_hw::profile::{self, Fault, Profile};
use locker_hw::scanner::{self, Connection, Kind};
use locker_hw::settings::{At, Document, Faults, Section, Table};
use reqwest::Url;

use super::{Config, NightConfig, NightSound, ScreenConfig, SoundBy, SoundConfig};

/// A longer configuration is not read; one for 64 ports needs a tenth of it.
const MOST_BYTES: usize = 64 * 1024;
/// Linux takes paths of sockets up to here (`sun_path` in unix(7), without its final 0).
const LONGEST_SOCKET_BYTES: usize = 107;
/// Half an hour at a dark bus stop is light enough; 0 keeps it lit.
const BLANK_AFTER_MIN: u64 = 30;
const MOST_BLANK_AFTER_MIN: u64 = 24 * 60;
/// A command is no longer.
const MOST_COMMAND_WORDS: usize = 32;

// The limits of `locker_ui::ScreenOptions`.
const SCREEN_PIXELS: RangeInclusive<u32> = 200..=8192;
const SCREEN_WIDTH_MM: RangeInclusive<f32> = 50.0..=1000.0;
const USUAL_PIXELS: (u32, u32) = (1280, 800);

/// Reads and checks the configuration at `path` and the profile that it names.
///
/// # Errors
/// Everything that is wrong with either, in the order of the lines, the configuration first; never empty.
pub fn load(path: &Path) -> Result<Config, Vec<Fault>> {
    let file = path.display().to_string();
    let text = match read_text(path, MOST_BYTES) {
        Ok(text) => text,
        Err(cause) => {
            let what = format!("{cause}. It is to be the locker's configuration; name another with --config");
            return Err(vec![Fault { file, line: 0, key: String::new(), what }]);
        }
    };
    let mut faults = Faults::new(&text, &file);
    let (config, of_profile) = read(&text, path, &mut faults);
    let mut faults = faults.into_sorted();
    faults.extend(of_profile);
    // Whatever could not be read is among the faults.
    if faults.is_empty() { config.ok_or(faults) } else { Err(faults) }
}

/// What could be read, when that is everything, and what is wrong with the profile.
fn read(text: &str, path: &Path, faults: &mut Faults<'_>) -> (Option<Config>, Vec<Fault>) {
    let Some(document) = Document::read(text, MOST_BYTES, faults) else { return (None, Vec::new()) };
    let mut file = Section::new(document.root(), faults);
    let locker = file.table("locker");
    let ports = file.table("ports");
    let scanner = file.optional_table("scanner");
    let power = file.optional_table("power");
    let screen = file.table("screen");
    let night = file.optional_table("night");
    let sound = file.optional_table("sound");
    let hub = file.table("hub");
    let sync = file.table("sync");
    file.no_more_keys();

    let beside = path.parent().unwrap_or(Path::new(""));
    let (locker, cabinet) = match locker {
        Some(table) => read_locker(table, beside, faults),
        None => (None, Cabinet::default()),
    };
    let mut devices = Devices::default();
    let ports = ports.and_then(|table| read_ports(table, cabinet.roles, &mut devices, faults));
    // Twice Some: there may rightly be none.
    let scanner = match scanner {
        Some(table) => read_scanner(table, &mut devices, faults).map(Some),
        None => Some(None),
    };
    let power_off = match power {
        Some(table) => read_power(table, faults).map(Some),
        None => Some(None),
    };
    let screen = screen.and_then(|table| read_screen(table, faults));
    let night = match night {
        Some(table) => read_night(table, faults).map(Some),
        None => Some(None),
    };
    let sound = match sound {
        Some(table) => read_sound(table, faults).map(Some),
        None => Some(None),
    };
    let hub_url = hub.and_then(|table| read_hub(table, faults));
    let sync_state = sync.and_then(|table| read_sync(table, locker.as_ref(), faults));
    let config = || {
        let (state, socket) = locker?;
        Some(Config {
            state,
            socket,
            profile: cabinet.profile?,
            profile_path: cabinet.path,
            ports: ports?,
            scanner: scanner?,
            power_off: power_off?,
            screen: screen?,
            night: night?,
            sound: sound?,
            hub_url: hub_url?,
            sync_state: sync_state?,
        })
    };
    (config(), cabinet.faults)
}

/// What is known of the cabinet.
#[derive(Default)]
struct Cabinet {
    profile: Option<Profile>,
    /// The profile's own file.
    path: PathBuf,
    /// What is wrong with the profile's own file.
    faults: Vec<Fault>,
    /// The roles of ports that its banks have, known also where something else in the profile is wrong.
    roles: Option<BTreeMap<String, PortIs>>,
}

/// What a role of the profile stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PortIs {
    SerialLine,
    GpioChip,
    /// A file of the kernel's, or a bus with one device of ours.
    File,
}

/// State and socket, when both could be read, and the cabinet.
fn read_locker(
    table: Table<'_>,
    beside: &Path,
    faults: &mut Faults<'_>,
) -> (Option<(PathBuf, PathBuf)>, Cabinet) {
    let mut section = Section::new(table, faults);
    let state = absolute(&mut section, "state");
    let socket = absolute(&mut section, "socket").filter(|socket| {
        let fits = socket.value.as_os_str().len() <= LONGEST_SOCKET_BYTES;
        if !fits {
            section.fault(socket, format!("a socket's path has at most {LONGEST_SOCKET_BYTES} bytes"));
        }
        fits
    });
    let cabinet = read_cabinet(&mut section, beside).unwrap_or_default();
    section.no_more_keys();
    let paths = state.zip(socket).map(|(state, socket)| (state.value, socket.value));
    (paths, cabinet)
}

/// `None` where the profile's file could not be read at all.
fn read_cabinet(section: &mut Section<'_, '_, '_>, beside: &Path) -> Option<Cabinet> {
    let named = section.value::<PathBuf>("profile")?;
    let path = beside.join(&named.value);
    let text = match read_text(&path, profile::MOST_BYTES) {
        Ok(text) => text,
        Err(cause) => {
            section.fault(&named, format!("the cabinet's profile {}: {cause}", path.display()));
            return None;
        }
    };
    let roles = roles_of_ports(&text);
    Some(match profile::parse(&text, &path.display().to_string()) {
        Ok(profile) => Cabinet { profile: Some(profile), path, faults: Vec::new(), roles },
        Err(faults) => Cabinet { profile: None, path, faults, roles },
    })
}

/// Looked at beside the checked reading, so that a fault elsewhere in the profile hides no fault among the ports.
fn roles_of_ports(profile: &str) -> Option<BTreeMap<String, PortIs>> {
    let mut unsaid = Faults::new(profile, "");
    let document = Document::read(profile, profile::MOST_BYTES, &mut unsaid)?;
    let mut file = Section::new(document.root(), &mut unsaid);
    let banks = file.tables("bank", profile::MOST_BANKS);
    if banks.is_empty() {
        return None;
    }
    let role = |bank: &Table<'_>| {
        let is = if bank.text("family") == Some("gpio") { PortIs::GpioChip } else { PortIs::SerialLine };
        Some((bank.text("port")?.to_owned(), is))
    };
    let mut roles: BTreeMap<_, _> = banks.iter().map(role).collect::<Option<_>>()?;
    let power = file.optional_table("power");
    let gauge = power.as_ref().and_then(|power| power.text("gauge"));
    let measured = file.optional_tables("temperature", profile::MOST_SENSORS);
    let files = measured.iter().filter_map(|table| table.text("port")).chain(gauge);
    roles.extend(files.map(|role| (role.to_owned(), PortIs::File)));
    let tampers = file.optional_tables("tamper", profile::MOST_SENSORS);
    let lights = file.optional_tables("light", profile::MOST_LIGHTS);
    let buzzer = file.optional_table("buzzer");
    let on_lines = tampers.iter().chain(&lights).chain(&power).chain(&buzzer);
    roles.extend(
        on_lines.filter_map(|table| table.text("port")).map(|role| (role.to_owned(), PortIs::GpioChip)),
    );
    Some(roles)
}

/// Which devices are taken, and by which key.
type Devices = BTreeMap<PathBuf, String>;

/// The device of every role that the profile's banks have. Without those, whatever is named is taken for a role.
fn read_ports(
    table: Table<'_>,
    roles: Option<BTreeMap<String, PortIs>>,
    devices: &mut Devices,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<String, PathBuf>> {
    let roles =
        roles.unwrap_or_else(|| table.names().map(|role| (role.to_owned(), PortIs::SerialLine)).collect());
    let mut section = Section::new(table, faults);
    let mut read_one = |role: &str, is: PortIs| match is {
        PortIs::SerialLine | PortIs::File => device(&mut section, role, devices),
        // Lines of a chip are shared out one by one, not the chip.
        PortIs::GpioChip => chip(&mut section, role),
    };
    let read: Vec<_> =
        roles.into_iter().map(|(role, is)| read_one(&role, is).map(|device| (device, role))).collect();
    section.no_more_keys();
    read.into_iter().map(|port| port.map(|(device, role)| (role, device))).collect()
}

fn read_scanner(table: Table<'_>, devices: &mut Devices, faults: &mut Faults<'_>) -> Option<Connection> {
    let has_baud = table.names().any(|name| name == "baud");
    let mut section = Section::new(table, faults);
    let family = section.value::<Kind>("family");
    let path = device(&mut section, "port", devices);
    // Twice Some: it may rightly stay as it comes from the factory.
    let baud = match has_baud {
        false => Some(None),
        true => section.value::<u32>("baud").and_then(|baud| {
            let known = scanner::BAUDS.contains(&baud.value);
            if !known {
                let bauds = scanner::BAUDS.map(|baud| baud.to_string()).join(", ");
                section.fault(&baud, format!("{} is not among {bauds}", baud.value));
            }
            let serial = family.as_ref().is_none_or(|family| family.value != Kind::Keyboard);
            if !serial {
                section.fault(&baud, "a keyboard has no speed");
            }
            (known && serial).then_some(Some(baud.value))
        }),
    };
    section.no_more_keys();
    Some(Connection { kind: family?.value, path: path?, baud: baud? })
}

fn read_power(table: Table<'_>, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    let mut section = Section::new(table, faults);
    let off = command(&mut section, "off");
    section.no_more_keys();
    off
}

/// A program and its arguments.
fn command(section: &mut Section<'_, '_, '_>, key: &str) -> Option<Vec<String>> {
    let words = section.value::<Vec<String>>(key)?;
    if !(1..=MOST_COMMAND_WORDS).contains(&words.value.len()) {
        section
            .fault(&words, format!("is to be a program and its arguments, 1 to {MOST_COMMAND_WORDS} words"));
        return None;
    }
    Some(words.value)
}

fn read_screen(table: Table<'_>, faults: &mut Faults<'_>) -> Option<ScreenConfig> {
    let mut section = Section::new(table, faults);
    let pixels = section.value_or("pixels", USUAL_PIXELS).filter(|pixels| {
        let (width, height) = pixels.value;
        let sane = SCREEN_PIXELS.contains(&width) && SCREEN_PIXELS.contains(&height);
        if !sane {
            section.fault(pixels, "is to be a width and a height, each 200 to 8192");
        }
        sane
    });
    let width_mm = section.value::<f32>("width_mm").filter(|width_mm| {
        let sane = SCREEN_WIDTH_MM.contains(&width_mm.value);
        if !sane {
            section.fault(width_mm, format!("{} is not within 50 to 1000", width_mm.value));
        }
        sane
    });
    let languages = locker_ui::LANGUAGES.map(|language| language.code);
    let language = one_of(&mut section, "language", &languages, Some(languages[0]));
    let chosen = section.value_or::<Vec<String>>("languages", Vec::new()).filter(|chosen| {
        let unknown = chosen.value.iter().find(|code| !languages.contains(&code.as_str()));
        if let Some(unknown) = unknown {
            section.fault(chosen, format!("\"{unknown}\" is not among {}", languages.join(", ")));
        }
        unknown.is_none()
    });
    let blank = section.value_or("blank_after_min", BLANK_AFTER_MIN).filter(|blank| {
        let sane = blank.value <= MOST_BLANK_AFTER_MIN;
        if !sane {
            section.fault(blank, format!("is to be 0 (never) to {MOST_BLANK_AFTER_MIN} minutes"));
        }
        sane
    });
    let full_screen = section.value_or("full_screen", cfg!(not(feature = "demo")));
    let night = section.value_or("night", false);
    let larger_text = section.value_or("larger_text", false);
    section.no_more_keys();
    Some(ScreenConfig {
        pixels: pixels?.value,
        width_mm: width_mm?.value,
        language: language?,
        night: night?.value,
        larger_text: larger_text?.value,
        languages: match chosen?.value {
            none if none.is_empty() => languages.map(str::to_owned).to_vec(),
            chosen => chosen,
        },
        blank_after_ms: Some(blank?.value).filter(|blank| *blank > 0).map(|minutes| minutes * 60_000),
        full_screen: full_screen?.value,
    })
}

fn read_night(table: Table<'_>, faults: &mut Faults<'_>) -> Option<NightConfig> {
    let mut section = Section::new(table, faults);
    let mut time = |key: &str| {
        let text = section.value::<String>(key)?;
        let time = jiff::civil::Time::strptime("%H:%M", &text.value);
        if time.is_err() {
            section.fault(&text, format!("\"{}\" is no time of day as in 22:00", text.value));
        }
        time.ok()
    };
    let (from, to) = (time("from"), time("to"));
    let zone = section.value::<String>("zone").and_then(|name| {
        let zone = jiff::tz::TimeZone::get(&name.value);
        if zone.is_err() {
            section.fault(&name, format!("\"{}\" is no time zone as in Europe/Madrid", name.value));
        }
        zone.ok()
    });
    section.no_more_keys();
    Some(NightConfig { from: from?, to: to?, zone: zone? })
}

fn read_sound(table: Table<'_>, faults: &mut Faults<'_>) -> Option<SoundConfig> {
    let (has_player, has_beeper) =
        ["player", "beeper"].map(|key| table.names().any(|name| name == key)).into();
    let mut section = Section::new(table, faults);
    let night = one_of(&mut section, "night", &["silent", "full"], Some("silent"));
    let by = if has_player {
        let player = command(&mut section, "player");
        if has_beeper && let Some(beeper) = section.value::<PathBuf>("beeper") {
            section.fault(&beeper, "there is a player already: one of the two is to go");
        }
        player.map(SoundBy::Player)
    } else {
        absolute(&mut section, "beeper").map(|beeper| SoundBy::Beeper(beeper.value))
    };
    section.no_more_keys();
    let night = if night? == "full" { NightSound::Full } else { NightSound::Silent };
    Some(SoundConfig { by: by?, night })
}

fn read_hub(table: Table<'_>, faults: &mut Faults<'_>) -> Option<Url> {
    let mut section = Section::new(table, faults);
    let url = section.value::<String>("url").and_then(|text| match checked_url(&text.value) {
        Ok(url) => Some(url),
        Err(what) => {
            section.fault(&text, what);
            None
        }
    });
    section.no_more_keys();
    url
}

/// Whoever stands between may not read along, so `http` is for this machine only. A password in a file that is copied
/// around is no secret, and the hub's API begins at its root.
fn checked_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|cause| format!("is no URL: {cause}"))?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err(format!(
                "is to begin with https://; {host} is not this machine, others could read along"
            ));
        }
        other => return Err(format!("is to begin with https://, not {other}:")),
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err("is to be scheme, host and port only, as in https://hub.example".to_owned());
    }
    Ok(url)
}

fn read_sync(
    table: Table<'_>,
    locker: Option<&(PathBuf, PathBuf)>,
    faults: &mut Faults<'_>,
) -> Option<PathBuf> {
    let mut section = Section::new(table, faults);
    let state = absolute(&mut section, "state").filter(|sync| {
        // Whoever owns a folder can exchange the folders within, and sync is not to reach the keys.
        let apart =
            locker.is_none_or(|(kiosk, _)| !sync.value.starts_with(kiosk) && !kiosk.starts_with(&sync.value));
        if !apart {
            section.fault(sync, "is to lie apart from locker.state: sync must not reach the kiosk's keys");
        }
        apart
    });
    section.no_more_keys();
    state.map(|state| state.value)
}

/// A path from the root, without `..`: the programs have no folder of their own to begin from.
fn absolute(section: &mut Section<'_, '_, '_>, key: &str) -> Option<At<PathBuf>> {
    let path = section.value::<PathBuf>(key)?;
    let upwards = path.value.components().any(|part| part == std::path::Component::ParentDir);
    if !path.value.is_absolute() || upwards {
        section.fault(&path, "is to be a path from the root, without \"..\"");
        return None;
    }
    Some(path)
}

/// A GPIO chip: its path, or the name of a driver that needs none.
fn chip(section: &mut Section<'_, '_, '_>, key: &str) -> Option<PathBuf> {
    let is_rppal = section.text(key) == Some(gpio::RPPAL);
    if !is_rppal {
        return absolute(section, key).map(|path| path.value);
    }
    let named = section.value::<PathBuf>(key)?;
    if !gpio::HAS_RPPAL {
        section.fault(&named, GpioError::NoRppal.to_string());
        return None;
    }
    Some(named.value)
}

/// A device that no other key names: two readers of one port would each see half of it.
fn device(section: &mut Section<'_, '_, '_>, key: &str, devices: &mut Devices) -> Option<PathBuf> {
    let path = absolute(section, key)?;
    if let Some(other) = devices.insert(path.value.clone(), path.key.clone()) {
        section.fault(&path, format!("{} is already used by {other}", path.value.display()));
        return None;
    }
    Some(path.value)
}

fn one_of(
    section: &mut Section<'_, '_, '_>,
    key: &str,
    known: &[&str],
    default: Option<&str>,
) -> Option<String> {
    let chosen = match default {
        Some(default) => section.value_or(key, default.to_owned()),
        None => section.value::<String>(key),
    }?;
    if !known.contains(&chosen.value.as_str()) {
        section.fault(&chosen, format!("\"{}\" is not among {}", chosen.value, known.join(", ")));
        return None;
    }
    Some(chosen.value)
}

/// The whole text, when it is text and not too long. The cause is worded for a person.
fn read_text(path: &Path, most_bytes: usize) -> Result<String, String> {
    let cannot = |cause: io::Error| format!("cannot be read: {cause}");
    let mut bytes = Vec::new();
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(cannot)?;
    if bytes.len() > most_bytes {
        return Err(format!("is longer than {most_bytes} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}
