//! The examination from its beginning to its end: ports, boards, doors, sensors, scanner, screen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use locker_hw::NowMs;
use locker_hw::board::Family;
use locker_hw::bus::{DoorState, LockBus, Locks};
use locker_hw::output::Signals;
use locker_hw::profile::{Compartment, Profile};
use locker_hw::scanner::{Connection, Scanner};

use super::diagnosis::{self, Corrections, Diagnosis, Finding, Severity};
use super::display;
use super::parts::{self, PartsReport};
use super::picture;
use super::ports;
use super::report::{BoardReport, DoorReport, PortReport, Report, ScannerReport};
use super::rewrite;
use super::screen::{self, ScreenReport};
use super::search::{self, SearchError};
use super::seen::{BankSeen, ScannerSeen, Stopped, Watcher};
use super::session::Session;
use super::subject::{CannotLook, Subject};
use super::terminal::Terminal;
use super::trial::Trial;
use super::{DoctorArgs, SYS};

/// Every board has answered twice within this, or is silent.
const BOARDS_ANSWER_WITHIN: Duration = Duration::from_secs(6);
/// How long the doors are looked at where nobody says when it is enough.
const LOOK_FOR: Duration = Duration::from_secs(2);
/// The same where somebody does, and walks away.
const LONGEST_LOOK: Duration = Duration::from_secs(24 * 3_600);
/// A scanner is set up within this.
const SCANNER_ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// A sensor that nobody touches changes less often than this while it is looked at.
const FLICKERS_FROM: u32 = 3;

/// What came of it.
pub struct Examination {
    pub report: Report,
    pub corrections: Corrections,
}

/// What was learnt so far; a report can be made of it at any time.
#[derive(Default)]
struct Learnt {
    found_ports: BTreeSet<String>,
    addresses: BTreeMap<u8, u8>,
    bauds: BTreeMap<u8, u32>,
    findings: Vec<Finding>,
    trials: Vec<Trial>,
    parts: PartsReport,
    scanner: Option<(PathBuf, ScannerSeen)>,
    screen: Option<ScreenReport>,
    /// Nothing else was looked at.
    screen_only: bool,
    stopped: bool,
}

/// Examines the cabinet. Where the person stops it, the report says so.
///
/// # Errors
/// [`CannotLook`], before anything was looked at.
pub fn examine(
    subject: &mut Subject,
    args: &DoctorArgs,
    watcher: &Watcher,
    terminal: &mut Terminal,
    now: &NowMs,
) -> Result<Examination, CannotLook> {
    let mut learnt = Learnt::default();
    if args.screen {
        examine_screen(subject, args, watcher, terminal, now, &mut learnt)?;
        return Ok(conclude(subject, watcher, &learnt));
    }
    find_ports(subject, args, watcher, terminal, now, &mut learnt)?;
    let locks = Locks::start(&subject.profile, &subject.ports, now.clone(), watcher.clone())?;
    let profile = subject.profile.clone();
    let mut session = Session::new(&profile, locks, watcher.clone(), now.clone(), terminal, args.patience());
    let answered = wait_for_boards(&mut session);
    drop(session);
    let found = answered
        .map_err(SearchError::from)
        .and_then(|()| find_silent(subject, watcher, terminal, now, &mut learnt));
    match found {
        Ok(()) => {}
        Err(SearchError::Start(error)) => return Err(error.into()),
        Err(SearchError::Stopped(_)) => learnt.stopped = true,
    }

    let mut profile = subject.profile.clone();
    for (bank, address) in &learnt.addresses {
        if let Some(bank) = profile.banks.get_mut(usize::from(*bank)) {
            bank.address = *address;
        }
    }
    for (bank, baud) in &learnt.bauds {
        if let Some(bank) = profile.banks.get_mut(usize::from(*bank)) {
            bank.baud = *baud;
        }
    }
    watcher.begin_again();
    let locks = Locks::start(&profile, &subject.ports, now.clone(), watcher.clone())?;
    let mut session = Session::new(&profile, locks, watcher.clone(), now.clone(), terminal, args.patience());
    let done = match learnt.stopped {
        true => Err(Stopped),
        false => examine_all(&mut session, subject, args, &mut learnt),
    };
    learnt.stopped |= done.is_err();
    drop(session);
    Ok(conclude(subject, watcher, &learnt))
}

fn examine_all<L: LockBus>(
    session: &mut Session<'_, L>,
    subject: &Subject,
    args: &DoctorArgs,
    learnt: &mut Learnt,
) -> Result<(), Stopped> {
    let signals = parts::signals(&subject.profile.parts, &subject.ports, &mut learnt.findings);
    examine_doors(session, signals.as_ref(), args, learnt)?;
    if let Some(signals) = signals.filter(|_| args.open) {
        parts::ask_for_signals(session, &signals, &mut learnt.findings)?;
    }
    learnt.parts = parts::examine_sensors(session, &subject.ports, args, &mut learnt.findings)?;
    examine_scanner(session, subject.scanner.as_ref(), args, learnt)?;
    if args.open {
        let (person, now) = (session.watcher.clone(), session.now());
        let found = &mut learnt.findings;
        learnt.screen = Some(screen::examine(subject, args, &person, session.terminal, &now, found)?);
    }
    Ok(())
}

/// Examines the screen alone: what cannot be shown at all is no report.
fn examine_screen(
    subject: &Subject,
    args: &DoctorArgs,
    watcher: &Watcher,
    terminal: &mut Terminal,
    now: &NowMs,
    learnt: &mut Learnt,
) -> Result<(), CannotLook> {
    learnt.screen_only = true;
    match screen::examine(subject, args, watcher, terminal, now, &mut learnt.findings) {
        Ok(ScreenReport { not_examined: Some(why), .. }) => Err(CannotLook::NoScreen(why)),
        Ok(report) => {
            learnt.screen = Some(report);
            Ok(())
        }
        Err(Stopped) => {
            learnt.stopped = true;
            Ok(())
        }
    }
}

/// Tries the boards of every port that is not named on every device that nothing else uses.
fn find_ports(
    subject: &mut Subject,
    args: &DoctorArgs,
    watcher: &Watcher,
    terminal: &mut Terminal,
    now: &NowMs,
    learnt: &mut Learnt,
) -> Result<(), CannotLook> {
    let missing = subject.missing_ports();
    if missing.is_empty() {
        return Ok(());
    }
    let candidates = ports::serial(args.ports_in.as_deref());
    for role in missing {
        let is_line = |profile: &Profile| {
            profile.banks.iter().any(|bank| bank.port == role && bank.family != Family::Gpio)
        };
        if !is_line(&subject.profile) {
            let chips: Vec<String> =
                ports::gpio_chips().iter().map(|path| path.display().to_string()).collect();
            return Err(CannotLook::NoChip { role, chips: none_or(&chips, "none") });
        }
        let mut looked_at = Vec::new();
        // At the profile's speed everywhere first: a board that is set otherwise is the rarer case.
        let speeds = search::bauds(&subject.profile, &role);
        for (baud, candidate) in
            speeds.iter().flat_map(|baud| candidates.iter().map(move |path| (*baud, path)))
        {
            let taken = |path: &PathBuf| path.canonicalize().ok() == candidate.path.canonicalize().ok();
            if subject.ports.values().chain(subject.scanner.as_ref().map(|scanner| &scanner.path)).any(taken)
            {
                continue;
            }
            terminal.say(&format!(
                "Looking for the boards of port \"{role}\" at {} ({}), {baud} Bd.",
                candidate.path.display(),
                candidate.what
            ));
            let path = candidate.path.display().to_string();
            if !looked_at.contains(&path) {
                looked_at.push(path);
            }
            match search::answers_at(&subject.profile, &role, (&candidate.path, baud), now.clone(), watcher) {
                Ok(false) => {}
                Ok(true) => {
                    subject.ports.insert(role.clone(), candidate.path.clone());
                    learnt.found_ports.insert(role.clone());
                    break;
                }
                Err(SearchError::Start(error)) => return Err(error.into()),
                Err(SearchError::Stopped(error)) => return Err(error.into()),
            }
        }
        if !subject.ports.contains_key(&role) {
            return Err(CannotLook::NoPort {
                role,
                looked_at: none_or(&looked_at, "any port: there is none"),
            });
        }
    }
    Ok(())
}

fn none_or(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

fn wait_for_boards<L: LockBus>(session: &mut Session<'_, L>) -> Result<(), Stopped> {
    let count = session.profile.banks.len();
    let heard = |bank: &BankSeen| bank.samples > 1 || bank.lost.is_some();
    session.wait(BOARDS_ANSWER_WITHIN, |seen| {
        (seen.banks.values().filter(|bank| heard(bank)).count() == count).then_some(())
    })?;
    Ok(())
}

/// Says what is wrong with boards that are silent, and asks their line at which speed or address they are.
fn find_silent(
    subject: &Subject,
    watcher: &Watcher,
    terminal: &mut Terminal,
    now: &NowMs,
    learnt: &mut Learnt,
) -> Result<(), SearchError> {
    let heard = watcher.look(|seen| seen.banks.clone());
    let mut speeds = BTreeMap::new();
    for (index, bank) in (0u8..).zip(&subject.profile.banks) {
        let part = format!("board {}", bank.id);
        let why = match heard.get(&index) {
            Some(BankSeen { lost: None, samples: 1.., .. }) => continue,
            Some(BankSeen { lost: Some(why), .. }) => why.clone(),
            _ => "no answer".to_owned(),
        };
        let Some(path) = subject.ports.get(&bank.port) else { continue };
        let fault = |what: String, mend: String| Finding {
            severity: Severity::Fault,
            part: part.clone(),
            what,
            mend,
        };
        if why.contains("cannot be opened") || bank.family == Family::Gpio {
            let mend = format!("see whether it is plugged in, and who may use it (ls -l {})", path.display());
            learnt.findings.push(fault(format!("cannot be reached: {why}"), mend));
            continue;
        }
        if search::bauds(&subject.profile, &bank.port).len() > 1 {
            terminal.say(&format!(
                "Board {} is silent at {} Bd: asking its line at other speeds.",
                bank.id, bank.baud
            ));
        }
        if let Some(baud) = search::other_baud(&subject.profile, bank, path, now, watcher)? {
            speeds.insert(index, baud);
            learnt.findings.push(fault(
                format!("answers at {baud} Bd; the profile says {}", bank.baud),
                "set the board's speed; or baud in the profile, which is one for all boards of a port (--write-profile does it, \
                 where they agree)"
                    .to_owned(),
            ));
            continue;
        }
        if why.contains("cannot be read") {
            let mend = format!(
                "see that every board on the line runs at {} Bd, and its ends and bias (wiring.md)",
                bank.baud
            );
            learnt.findings.push(fault(format!("its answers make no sense: {why}"), mend));
            continue;
        }
        terminal.say(&format!(
            "Board {} is silent at address {}: asking its line for other addresses.",
            bank.id, bank.address
        ));
        let others = search::other_addresses(&subject.profile, bank, path, now.clone(), watcher)?;
        match others[..] {
            [address] => {
                learnt.addresses.insert(index, address);
                learnt.findings.push(fault(
                    format!("answers at address {address}, not {}", bank.address),
                    "set its DIP switches, or the address in the profile (--write-profile does it)".to_owned(),
                ));
            }
            [] => learnt.findings.push(fault(
                format!("does not answer on {}: {why}", path.display()),
                format!(
                    "see its power; exchange A and B; see address {} on its DIP switches and {} Bd",
                    bank.address, bank.baud
                ),
            )),
            _ => learnt.findings.push(fault(
                format!(
                    "does not answer at address {}; boards that the profile does not know answer at {others:?}",
                    bank.address
                ),
                "set its DIP switches to the address in the profile".to_owned(),
            )),
        }
    }
    learnt.bauds = agreed_speeds(&subject.profile, &heard, &speeds);
    Ok(())
}

/// The speeds of whole ports: a line has one, so those at which single boards were found count where no other contradicts.
fn agreed_speeds(
    profile: &Profile,
    heard: &BTreeMap<u8, BankSeen>,
    found: &BTreeMap<u8, u32>,
) -> BTreeMap<u8, u32> {
    let banks = || (0u8..).zip(&profile.banks);
    let answers = |index: &u8| heard.get(index).is_some_and(|bank| bank.lost.is_none() && bank.samples > 0);
    let agreed = |port: &str| -> Option<u32> {
        let of_port = || banks().filter(|(_, bank)| bank.port == port).map(|(index, _)| index);
        let speeds: BTreeSet<u32> = of_port().filter_map(|index| found.get(&index).copied()).collect();
        let contradicted = of_port().any(|index| answers(&index));
        speeds.first().copied().filter(|_| speeds.len() == 1 && !contradicted)
    };
    banks().filter_map(|(index, bank)| Some((index, agreed(&bank.port)?))).collect()
}

fn examine_doors<L: LockBus>(
    session: &mut Session<'_, L>,
    signals: Option<&Signals>,
    args: &DoctorArgs,
    learnt: &mut Learnt,
) -> Result<(), Stopped> {
    wait_for_boards(session)?;
    if !args.open {
        return match session.terminal.is_live() {
            true => look_at_hands(session),
            false => look_for_flicker(session, learnt),
        };
    }
    let chosen = |door: &&Compartment| args.doors.is_empty() || args.doors.contains(&door.number);
    let doors: Vec<Compartment> = session.profile.compartments.iter().filter(chosen).copied().collect();
    let count = match doors.len() {
        1 => "1 door is opened now; it".to_owned(),
        count => format!("{count} doors are opened now, one after another; each"),
    };
    session.say(format!(
        "{count} is to be pulled open and shut again when it is asked for. Only one lock at a time gets current. Ctrl-C ends it."
    ));
    session.say("If another door opens than the one that is named, type the number that stands on it and press Enter.");
    if session.terminal.is_live() {
        session.say("Press Enter to begin.");
        session.typed()?;
    }
    let rest = shut_all(session)?;
    look_for_flicker(session, learnt)?;
    let all = doors.len();
    for (place, door) in (1..).zip(&doors) {
        let rest = rest.get(&door.lock.bank).copied();
        if let Some(signals) = signals {
            signals.lead([door.number], false);
        }
        let trial = session.try_door(door, rest, (place, all))?;
        learnt.trials.push(trial);
    }
    session.watch(&[]);
    if let Some(signals) = signals {
        signals.lead([], false);
    }
    Ok(())
}

/// Has all doors shut, as far as that can be seen; gives what each board's sensors say of shut doors. Where most of a board's
/// doors read open, they may as well be shut and read the other way round: the first pulse shows.
fn shut_all<L: LockBus>(session: &mut Session<'_, L>) -> Result<BTreeMap<u8, DoorState>, Stopped> {
    let profile = session.profile;
    let read = |seen: &super::seen::Seen| -> Vec<(u8, Vec<u16>, Vec<u16>)> {
        let of_bank = |index: u8, state: DoorState| {
            let doors = profile.compartments.iter().filter(|door| door.lock.bank == index);
            doors.filter(|door| seen.state(door.lock) == state).map(|door| door.number).collect()
        };
        let banks = (0u8..).zip(&profile.banks);
        banks
            .map(|(index, _)| (index, of_bank(index, DoorState::Open), of_bank(index, DoorState::Closed)))
            .collect()
    };
    let rests = |seen: &super::seen::Seen| -> BTreeMap<u8, DoorState> {
        let banks = read(seen).into_iter().filter(|(_, open, shut)| !open.is_empty() || !shut.is_empty());
        let rest = |open: &[u16], shut: &[u16]| {
            if open.len() > shut.len() { DoorState::Open } else { DoorState::Closed }
        };
        banks.map(|(index, open, shut)| (index, rest(&open, &shut))).collect()
    };
    let open = session.watcher.look(|seen| {
        let banks = read(seen).into_iter().filter(|(_, open, shut)| open.len() <= shut.len());
        banks.flat_map(|(_, open, _)| open).collect::<Vec<u16>>()
    });
    if !open.is_empty() {
        let numbers: Vec<String> = open.iter().map(ToString::to_string).collect();
        session.say(format!(
            "These doors stand open: {}. Shut them. If they are shut, press Enter.",
            numbers.join(", ")
        ));
        session.wait(session.patience, |seen| {
            let agree = read(seen).iter().all(|(_, open, shut)| open.is_empty() || open.len() > shut.len());
            (agree || seen.take_typed().is_some()).then_some(())
        })?;
    }
    let rest = session.watcher.look(|seen| rests(seen));
    for (index, bank) in (0u8..).zip(&profile.banks) {
        if rest.get(&index) == Some(&DoorState::Open) {
            session.say(format!(
                "Board {} reads its doors open. If they are shut, its polarity is the other way: the first door shows it.",
                bank.id
            ));
        }
    }
    Ok(rest)
}

/// Shows the doors for as long as the technician likes.
fn look_at_hands<L: LockBus>(session: &mut Session<'_, L>) -> Result<(), Stopped> {
    session.say("Open and shut doors by hand to see their readings. Enter ends it.");
    session.wait(LONGEST_LOOK, |seen| (seen.take_typed().is_some() || seen.typing_ended).then_some(()))?;
    Ok(())
}

/// Looks at doors that nobody touches.
fn look_for_flicker<L: LockBus>(session: &mut Session<'_, L>, learnt: &mut Learnt) -> Result<(), Stopped> {
    let before: BTreeMap<_, u32> =
        session.watcher.look(|seen| seen.doors.iter().map(|(lock, door)| (*lock, door.changes)).collect());
    session.pause(LOOK_FOR)?;
    let after = session.watcher.look(|seen| seen.doors.clone());
    for door in &session.profile.compartments {
        let part = format!("door {}", door.number);
        let Some(reading) = after.get(&door.lock) else { continue };
        let changed = reading.changes - before.get(&door.lock).copied().unwrap_or(0);
        if changed >= FLICKERS_FROM {
            learnt.findings.push(Finding {
                severity: Severity::Fault,
                part,
                what: format!("its reading changed {changed} times while nobody touched it"),
                mend: "see the switch's seat and its wire".to_owned(),
            });
        }
    }
    Ok(())
}

fn examine_scanner<L: LockBus>(
    session: &mut Session<'_, L>,
    connection: Option<&Connection>,
    args: &DoctorArgs,
    learnt: &mut Learnt,
) -> Result<(), Stopped> {
    let Some(connection) = connection else { return Ok(()) };
    let path = &connection.path;
    let now = session.now();
    let scanner = match Scanner::start(connection.clone(), now, session.watcher.clone()) {
        Ok(scanner) => scanner,
        Err(error) => {
            learnt.findings.push(scanner_fault(error.to_string(), "try again".to_owned()));
            return Ok(());
        }
    };
    session.wait(SCANNER_ANSWERS_WITHIN, |seen| seen.scanner.set_up.then_some(()))?;
    if session.watcher.look(|seen| seen.scanner.set_up) && args.open {
        session.say("Hold any code before the scanner. Enter passes it over.");
        session.wait(session.patience, |seen| {
            (seen.scanner.scanned.is_some() || seen.take_typed().is_some()).then_some(())
        })?;
    }
    let seen = session.watcher.look(|seen| seen.scanner.clone());
    drop(scanner);
    if !seen.set_up {
        let why = seen.lost.clone().unwrap_or_else(|| "it does not answer".to_owned());
        let mend = format!("see that it is plugged in at {}, and of the kind that is named", path.display());
        learnt.findings.push(scanner_fault(why, mend));
    } else if let Some(Err(why)) = &seen.scanned {
        let mend = "try another code; then clean its window".to_owned();
        learnt.findings.push(scanner_fault(format!("what it read is of no use: {why}"), mend));
    } else if args.open && seen.scanned.is_none() {
        let mend = "hold a code before it, a hand's width away, and run the doctor again".to_owned();
        learnt.findings.push(scanner_fault("answers, but read nothing".to_owned(), mend));
    }
    learnt.scanner = Some((path.clone(), seen));
    Ok(())
}

fn scanner_fault(what: String, mend: String) -> Finding {
    Finding { severity: Severity::Fault, part: "scanner".to_owned(), what, mend }
}

fn conclude(subject: &Subject, watcher: &Watcher, learnt: &Learnt) -> Examination {
    let profile = &subject.profile;
    let Diagnosis { findings, follows, polarity, mut corrections } =
        diagnosis::of_doors(profile, &learnt.trials);
    corrections.addresses.clone_from(&learnt.addresses);
    corrections.bauds.clone_from(&learnt.bauds);
    let mut findings: Vec<Finding> = learnt.findings.iter().cloned().chain(findings).collect();
    let (readings, banks) = watcher.look(|seen| (seen.states(), seen.banks.clone()));
    for (index, bank) in (0u8..).zip(&profile.banks) {
        let part = format!("board {}", bank.id);
        let lost = banks.get(&index).and_then(|bank| bank.lost.as_ref());
        if let Some(why) = lost.filter(|_| !findings.iter().any(|finding| finding.part == part)) {
            findings.push(Finding {
                severity: Severity::Fault,
                part,
                what: format!("answered, and then no longer: {why}"),
                mend: "see its plug and its power; a lock's current must not take the board down".to_owned(),
            });
        }
    }
    let trial = |door: &Compartment| learnt.trials.iter().find(|trial| trial.number == door.number);
    let doors = profile.compartments.iter().map(|door| DoorReport {
        number: door.number,
        board: bank_id(profile, door.lock.bank),
        channel: door.lock.channel,
        reachable: door.is_reachable(),
        reading: picture::word(readings.get(&door.lock).copied().unwrap_or(DoorState::Unknown)),
        pulses: trial(door).map_or(0, |trial| trial.pulses),
        sensor_follows: follows.get(&door.number).copied(),
        item_sensor: trial(door).and_then(|trial| trial.item),
        open_within_ms: trial(door).filter(|trial| trial.own_moved()).and_then(|trial| trial.seen_after_ms),
    });
    let families = rewrite::families(&subject.text);
    let boards = (0u8..).zip(&profile.banks).map(|(index, bank)| BoardReport {
        id: bank.id.clone(),
        family: families.get(usize::from(index)).cloned().unwrap_or_default(),
        port: bank.port.clone(),
        address: (bank.family != Family::Gpio)
            .then(|| learnt.addresses.get(&index).copied().unwrap_or(bank.address)),
        answers: banks.get(&index).is_some_and(|bank| bank.lost.is_none() && bank.samples > 0),
        polarity_as_in_profile: polarity.get(&index).map(|other_way| !other_way),
    });
    let ports = subject.ports.iter().map(|(role, path)| PortReport {
        role: role.clone(),
        path: path.display().to_string(),
        found: learnt.found_ports.contains(role),
    });
    let scanner = learnt.scanner.as_ref().map(|(path, seen)| ScannerReport {
        path: path.display().to_string(),
        set_up: seen.set_up,
        scanned_characters: seen.scanned.as_ref().and_then(|scanned| scanned.as_ref().ok().copied()),
    });
    let faults = findings.iter().any(|finding| finding.severity == Severity::Fault);
    let mut report = Report {
        cabinet: profile.name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        healthy: !faults && !learnt.stopped,
        stopped: learnt.stopped,
        ports: ports.collect(),
        boards: boards.collect(),
        doors: doors.collect(),
        parts: learnt.parts.clone(),
        scanner,
        screen: learnt.screen.clone(),
        displays: display::connected(Path::new(SYS)),
        inputs: ports::inputs(Path::new(SYS)),
        findings,
    };
    if learnt.screen_only {
        report.ports.clear();
        report.boards.clear();
        report.doors.clear();
    }
    Examination { report, corrections }
}

fn bank_id(profile: &Profile, index: u8) -> String {
    profile.banks.get(usize::from(index)).map_or_else(String::new, |bank| bank.id.clone())
}

#[cfg(test)]
mod tests {
    use locker_hw::profile::parse;

    use super::*;

    /// What is corrected on a port of two boards of which the one was found to answer at `first`, the other at `second`; the
    /// other answers the profile where that is none and `answers`.
    fn agreed(first: u32, second: Option<u32>, answers: bool) -> BTreeMap<u8, u32> {
        let text = include_str!("../../hw/cabinets/pillar-19-cu16.toml");
        let profile = parse(text, "pillar-19-cu16.toml").unwrap();
        assert_eq!(profile.banks.iter().filter(|bank| bank.port == profile.banks[0].port).count(), 2);
        let lost = (!answers).then(|| "no answer".to_owned());
        let heard = [(1, BankSeen { samples: u64::from(answers), sampled_at_ms: 0, lost })].into();
        let found = std::iter::once((0, first)).chain(second.map(|baud| (1, baud))).collect();
        agreed_speeds(&profile, &heard, &found)
    }

    #[test]
    fn a_line_gets_the_speed_at_which_its_boards_were_found_where_no_other_contradicts() {
        assert_eq!(agreed(115_200, Some(115_200), false), [(0, 115_200), (1, 115_200)].into());
        assert_eq!(agreed(115_200, None, false), [(0, 115_200), (1, 115_200)].into(), "the other is silent");
        assert_eq!(agreed(115_200, None, true), [].into(), "the other runs as the profile says");
        assert_eq!(agreed(115_200, Some(57_600), false), [].into(), "they differ");
    }
}
