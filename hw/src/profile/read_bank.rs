//! One `[[bank]]`. Which keys it has follows from its family: a key of another family is no key here.

use super::wiring::{GpioWiring, InputsBy, Pull, RelayInputs};
use super::{Bank, LONGEST_PULSE_MS};
use crate::board::{ClosedIs, Family};
use crate::settings::{At, Section};

/// The lines that one GPIO chip can have.
const LINES: std::ops::RangeInclusive<i64> = 0..=1023;
/// In `inputs`: a channel without a switch.
const NO_LINE: i64 = -1;
/// The keys that only some families have.
const KEYS_OF_FAMILIES: [&str; 12] = [
    "baud",
    "address",
    "channels",
    "closed_is",
    "item_is",
    "inputs",
    "inputs_address",
    "inputs_board",
    "outputs",
    "active_low",
    "pull",
    "enable",
];

/// A bank, and where what may contradict other banks stands.
pub(super) struct DraftBank {
    pub(super) bank: Bank,
    pub(super) id: At<()>,
    pub(super) port: At<()>,
    pub(super) baud: At<()>,
    pub(super) address: At<()>,
    pub(super) channels: At<()>,
    pub(super) outputs: At<()>,
    pub(super) inputs: At<()>,
    pub(super) enable: At<()>,
}

/// What its family is told besides what every bank is told.
struct OfFamily {
    baud: At<u32>,
    address: At<u32>,
    channels: At<u32>,
    closed_is: ClosedIs,
    item_is: Option<super::ItemIs>,
    relay_inputs: Option<RelayInputs>,
    gpio: Option<Lines>,
}

struct Lines {
    wiring: GpioWiring,
    outputs: At<()>,
    inputs: At<()>,
    enable: At<()>,
}

pub(super) fn read_bank(section: &mut Section<'_, '_, '_>) -> Option<DraftBank> {
    let id = section.name("id");
    let family = section.value::<Family>("family");
    let port = section.name("port");
    let shortest_ms = family.as_ref().map_or(1, |family| family.value.shortest_pulse_ms());
    let pulse_ms = section.whole_or("pulse_ms", shortest_ms.into()..=LONGEST_PULSE_MS.into(), 300);
    let cooldown_ms = section.whole_or("cooldown_ms", 0..=60_000, 500);
    let supply = section.name("supply");
    let of_family = match &family {
        Some(At { value: Family::Gpio, .. }) => read_lines(section),
        Some(At { value: family, .. }) => read_board(section, *family),
        None => {
            section.pass_over(&KEYS_OF_FAMILIES);
            None
        }
    };
    let (id, port, supply, of_family) = (id?, port?, supply?, of_family?);
    let OfFamily { baud, address, channels, closed_is, item_is, relay_inputs, gpio } = of_family;
    let elsewhere = || id.clone().place_only();
    let (outputs, inputs, enable) = match &gpio {
        Some(lines) => (lines.outputs.clone(), lines.inputs.clone(), lines.enable.clone()),
        None => (elsewhere(), elsewhere(), elsewhere()),
    };
    let bank = Bank {
        id: id.value.clone(),
        family: family?.value,
        port: port.value.clone(),
        baud: baud.value,
        address: u8::try_from(address.value).ok()?,
        channels: u8::try_from(channels.value).ok()?,
        closed_is,
        pulse_ms: u16::try_from(pulse_ms?.value).ok()?,
        cooldown_ms: u16::try_from(cooldown_ms?.value).ok()?,
        supply: supply.value,
        item_is,
        inputs: relay_inputs,
        gpio: gpio.map(|lines| lines.wiring),
    };
    Some(DraftBank {
        bank,
        id: id.place_only(),
        port: port.place_only(),
        baud: baud.place_only(),
        address: address.place_only(),
        channels: channels.place_only(),
        outputs,
        inputs,
        enable,
    })
}

/// A board at the end of a serial line.
fn read_board(section: &mut Section<'_, '_, '_>, family: Family) -> Option<OfFamily> {
    let baud = section.whole_or("baud", 1..=4_000_000, family.baud());
    let address = section.whole("address", 0..=255);
    let channels = section.whole("channels", 1..=255);
    let closed_is = section.value("closed_is");
    let item_is = match family.has_item_sensors() {
        true => section.optional_value("item_is")?,
        false => None,
    };
    let relay_inputs = match family.has_inputs_apart() {
        true => Some(read_relay_inputs(section)?),
        false => None,
    };
    Some(OfFamily {
        baud: baud?,
        address: address?,
        channels: channels?,
        closed_is: closed_is?.value,
        item_is: item_is.map(|item_is| item_is.value),
        relay_inputs,
        gpio: None,
    })
}

/// Addresses that a Modbus board may have.
const INPUT_BOARDS: std::ops::RangeInclusive<i64> = 1..=247;

fn read_relay_inputs(section: &mut Section<'_, '_, '_>) -> Option<RelayInputs> {
    let by = section.value_or("inputs", InputsBy::DiscreteInputs);
    let usual = by.as_ref().map_or(0, |by| by.value.usual_first());
    let first = section.whole_or("inputs_address", 0..=0xFFFF, usual.into());
    let board = section.optional_whole("inputs_board", INPUT_BOARDS);
    let board = board?.and_then(|board| u8::try_from(board.value).ok());
    Some(RelayInputs { by: by?.value, first: u16::try_from(first?.value).ok()?, board })
}

/// Lines of a GPIO chip: there is no wire, and its channels are as many as its outputs.
fn read_lines(section: &mut Section<'_, '_, '_>) -> Option<OfFamily> {
    let outputs = read_line_numbers(section, "outputs", *LINES.start());
    let inputs = read_line_numbers(section, "inputs", NO_LINE);
    let active_low = section.value_or("active_low", false);
    let pull = section.value_or("pull", Pull::Up);
    let enable = section.optional_whole("enable", LINES);
    let closed_is = section.value("closed_is");
    let (outputs, inputs, enable) = (outputs?, inputs?, enable?);
    let count = u32::try_from(outputs.value.len()).unwrap_or(u32::MAX);
    let channels = section.whole_or("channels", 1..=255, count)?;
    if channels.value != count {
        section.fault(&channels, format!("{}, but there are {count} outputs", channels.value));
    }
    if inputs.value.len() != outputs.value.len() {
        let what = format!(
            "there are {} for {count} outputs; one each, -1 for a channel without a switch",
            inputs.value.len()
        );
        section.fault(&inputs, what);
    }
    let line = |line: &i64| u32::try_from(*line).ok();
    let wiring = GpioWiring {
        outputs: outputs.value.iter().filter_map(line).collect(),
        inputs: inputs.value.iter().map(line).collect(),
        active_low: active_low?.value,
        pull: pull?.value,
        enable: enable.as_ref().map(|enable| enable.value),
    };
    let outputs = outputs.place_only();
    let lines = Lines {
        wiring,
        inputs: inputs.place_only(),
        enable: enable.map_or_else(|| outputs.clone(), At::place_only),
        outputs: outputs.clone(),
    };
    Some(OfFamily {
        baud: outputs.clone().with(0),
        address: outputs.with(0),
        channels,
        closed_is: closed_is?.value,
        item_is: None,
        relay_inputs: None,
        gpio: Some(lines),
    })
}

fn read_line_numbers(section: &mut Section<'_, '_, '_>, key: &str, lowest: i64) -> Option<At<Vec<i64>>> {
    let lines = section.value::<Vec<i64>>(key)?;
    let range = lowest..=*LINES.end();
    if !(1..=255).contains(&lines.value.len()) || !lines.value.iter().all(|line| range.contains(line)) {
        let what = format!("1 to 255 numbers of lines, each {lowest} to {}, by channel", LINES.end());
        section.fault(&lines, what);
        return None;
    }
    Some(lines)
}
