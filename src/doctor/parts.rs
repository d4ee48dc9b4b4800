//! What a cabinet has besides doors: power supply, thermometers, tamper sensors, lights and buzzer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use locker_hw::bus::LockBus;
use locker_hw::gpio::{self, OpenChip};
use locker_hw::output::{Beeps, Signals};
use locker_hw::profile::{Parts, Profile};
use locker_hw::sensor::Sensors;
use serde::Serialize;

use super::DoctorArgs;
use super::diagnosis::{Finding, Severity};
use super::seen::{Seen, Stopped};
use super::session::Session;

/// Every sensor has said something within this, or is silent.
const SENSORS_SPEAK_WITHIN: Duration = Duration::from_secs(4);
/// Nobody takes it for one of the kiosk's.
const BEEPS: Beeps = Beeps { count: 3, on_ms: 200, off_ms: 200 };

/// What these parts were seen to do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PartsReport {
    /// The power supply, where the cabinet has one that tells.
    pub power: Option<PowerReport>,
    pub thermometers: Vec<ThermometerReport>,
    pub tampers: Vec<TamperReport>,
}

/// What the power supply said.
#[derive(Clone, Debug, Serialize)]
pub struct PowerReport {
    /// Whether there are mains; none where nothing was said.
    pub mains: Option<bool>,
    /// How full the battery is.
    pub battery_percent: Option<u8>,
}

/// What a thermometer said.
#[derive(Clone, Debug, Serialize)]
pub struct ThermometerReport {
    pub id: String,
    /// In tenths of a degree Celsius; none where it said nothing sensible.
    pub tenths_c: Option<i16>,
}

/// What a tamper sensor did.
#[derive(Clone, Debug, Serialize)]
pub struct TamperReport {
    pub id: String,
    /// Whether it noticed the knocking; none where nobody was asked to knock.
    pub noticed: Option<bool>,
}

/// What was heard of these parts.
#[derive(Clone, Debug, Default)]
pub struct PartsSeen {
    pub power: Option<(bool, Option<u8>)>,
    pub temperatures: BTreeMap<String, Option<i16>>,
    pub tampered: BTreeSet<String>,
}

/// Opens GPIO chips of this machine.
fn chips() -> OpenChip {
    Arc::new(gpio::open)
}

/// The lights and the buzzer, off; none where the cabinet has neither, or no thread is to be had.
pub fn signals(
    parts: &Parts,
    ports: &BTreeMap<String, PathBuf>,
    findings: &mut Vec<Finding>,
) -> Option<Signals> {
    match Signals::start(parts, ports, chips()) {
        Ok(signals) => signals,
        Err(error) => {
            findings.push(fault("lights", error.to_string(), "try again"));
            None
        }
    }
}

/// Reads the sensors; with `--open`, somebody is there who knocks.
///
/// # Errors
/// [`Stopped`].
pub fn examine_sensors<L: LockBus>(
    session: &mut Session<'_, L>,
    ports: &BTreeMap<String, PathBuf>,
    args: &DoctorArgs,
    findings: &mut Vec<Finding>,
) -> Result<PartsReport, Stopped> {
    let parts = &session.profile.parts;
    let sensors = match Sensors::start(parts, ports, chips(), session.now(), session.watcher.clone()) {
        Ok(Some(sensors)) => sensors,
        Ok(None) => return Ok(PartsReport::default()),
        Err(error) => {
            findings.push(fault("sensors", error.to_string(), "try again"));
            return Ok(PartsReport::default());
        }
    };
    session.wait(SENSORS_SPEAK_WITHIN, |seen| have_all_spoken(parts, seen).then_some(()))?;
    if args.open && !parts.tampers.is_empty() {
        session.say("Knock on the cabinet, or move what nobody is to move. Enter passes it over.");
        let all = parts.tampers.len();
        session.wait(session.patience, |seen| {
            (seen.parts.tampered.len() >= all || seen.take_typed().is_some()).then_some(())
        })?;
    }
    let seen = session.watcher.look(|seen| seen.parts.clone());
    drop(sensors);
    let report = report(parts, &seen, args.open);
    findings.extend(diagnose(parts, &report));
    Ok(report)
}

fn have_all_spoken(parts: &Parts, seen: &Seen) -> bool {
    let heard = |id: &String| seen.parts.temperatures.contains_key(id);
    (parts.power.is_none() || seen.parts.power.is_some())
        && parts.thermometers.iter().all(|thermometer| heard(&thermometer.id))
}

/// Whether lights and buzzer did what a person has just been led by; only the person knows.
///
/// # Errors
/// [`Stopped`].
pub fn ask_for_signals<L: LockBus>(
    session: &mut Session<'_, L>,
    signals: &Signals,
    findings: &mut Vec<Finding>,
) -> Result<(), Stopped> {
    let profile: &Profile = session.profile;
    if !profile.parts.lights.is_empty() {
        session.say("Did a light blink at each door while it was to be dealt with? Type y or n.");
        if is_no(session.typed()?) {
            let mend = "see the lights' wires, fuse and lines, and the compartments of each [[light]]";
            findings.push(fault("lights", "did not blink at the doors that were open".to_owned(), mend));
        }
    }
    if profile.parts.buzzer.is_some() {
        signals.beep(BEEPS);
        session.say("Did the buzzer beep three times? Type y or n.");
        if is_no(session.typed()?) {
            findings.push(fault(
                "buzzer",
                "was not heard".to_owned(),
                "see its wires, its line and its polarity",
            ));
        }
    }
    Ok(())
}

fn is_no(typed: Option<String>) -> bool {
    typed.is_some_and(|line| line.starts_with(['n', 'N']))
}

fn report(parts: &Parts, seen: &PartsSeen, knocked: bool) -> PartsReport {
    let power = parts.power.as_ref().map(|_| PowerReport {
        mains: seen.power.map(|(mains, _)| mains),
        battery_percent: seen.power.and_then(|(_, percent)| percent),
    });
    let thermometers = parts.thermometers.iter().map(|thermometer| ThermometerReport {
        id: thermometer.id.clone(),
        tenths_c: seen.temperatures.get(&thermometer.id).copied().flatten(),
    });
    let tampers = parts.tampers.iter().map(|tamper| TamperReport {
        id: tamper.id.clone(),
        noticed: knocked.then(|| seen.tampered.contains(&tamper.id)),
    });
    PartsReport { power, thermometers: thermometers.collect(), tampers: tampers.collect() }
}

fn diagnose(parts: &Parts, report: &PartsReport) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(power), Some(wired)) = (&report.power, &parts.power) {
        match power.mains {
            None => findings.push(fault(
                "power",
                "the line that tells of lost mains cannot be read".to_owned(),
                "see its GPIO chip and line",
            )),
            Some(false) => findings.push(fault(
                "power",
                "there are no mains, it says".to_owned(),
                "plug it in; if it is, its line reads the other way: active_low in the profile",
            )),
            Some(true) => {}
        }
        if wired.gauge.is_some() && power.battery_percent.is_none() {
            let mend = "see its bus (dtparam=i2c_arm=on), its address, or its file";
            findings.push(fault("battery", "its gauge says nothing".to_owned(), mend));
        }
    }
    for (thermometer, wired) in report.thermometers.iter().zip(&parts.thermometers) {
        let part = format!("thermometer {}", thermometer.id);
        let (low, high) = wired.range_tenths_c;
        match thermometer.tenths_c {
            None => findings.push(fault(
                &part,
                "says nothing sensible".to_owned(),
                "see its three wires, the 4.7 kΩ and its file under /sys/bus/w1/devices",
            )),
            Some(tenths_c) if !(low..=high).contains(&tenths_c) => findings.push(Finding {
                severity: Severity::Note,
                part,
                what: format!("{} °C is not within its range", degrees(tenths_c)),
                mend: "wait until it is as warm or cold as in service, and look again".to_owned(),
            }),
            Some(_) => {}
        }
    }
    for tamper in report.tampers.iter().filter(|tamper| tamper.noticed == Some(false)) {
        let mend = "see its wires and line; if it is, make edges smaller or within_ms longer";
        findings.push(fault(
            &format!("tamper {}", tamper.id),
            "did not notice the knocking".to_owned(),
            mend,
        ));
    }
    findings
}

/// As people write it, as in 4.5.
pub fn degrees(tenths_c: i16) -> String {
    format!("{:.1}", f64::from(tenths_c) / 10.0)
}

fn fault(part: &str, what: String, mend: &str) -> Finding {
    Finding { severity: Severity::Fault, part: part.to_owned(), what, mend: mend.to_owned() }
}
