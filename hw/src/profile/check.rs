//! What must hold between the values of a profile.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::read::{Draft, DraftCompartment};
use super::read_bank::DraftBank;
use super::{Column, Evidence, Rect, Size};
use crate::settings::{At, Faults};

pub(super) fn check(draft: &Draft, faults: &mut Faults<'_>) {
    banks(draft, faults);
    lines(draft, faults);
    wiring(draft, faults);
    numbers(draft, faults);
    geometry(draft, faults);
    sizes(draft, faults);
    evidence(draft, faults);
    parts(draft, faults);
}

fn at(faults: &mut Faults<'_>, place: &At<()>, what: String) {
    faults.add(place.place.clone(), place.key.clone(), what);
}

fn banks(draft: &Draft, faults: &mut Faults<'_>) {
    let mut by_id = BTreeMap::new();
    let mut by_address = BTreeMap::new();
    let mut by_port = BTreeMap::new();
    for At { value: DraftBank { bank, id, port, baud, address, channels, .. }, .. } in &draft.banks {
        let limits = bank.family.limits();
        if !limits.addresses.contains(&bank.address) {
            let (lowest, highest) = limits.addresses.into_inner();
            at(faults, address, format!("{} is not within {lowest} to {highest}", bank.address));
        }
        if bank.channels > limits.channels {
            at(faults, channels, format!("{} is not within 1 to {}", bank.channels, limits.channels));
        }
        if !limits.bauds.is_empty() && !limits.bauds.contains(&bank.baud) {
            let bauds: Vec<String> = limits.bauds.iter().map(ToString::to_string).collect();
            at(faults, baud, format!("{} is not among {}", bank.baud, bauds.join(", ")));
        }
        if by_id.insert(&bank.id, ()).is_some() {
            at(faults, id, format!("\"{}\" is already the id of another bank", bank.id));
        }
        let lines = bank.gpio.is_some();
        let (first, agreed) = *by_port.entry(&bank.port).or_insert((&bank.id, bank.baud));
        match (agreed == 0, lines) {
            (true, false) => {
                at(faults, port, format!("is the GPIO chip of bank \"{first}\", no serial line"))
            }
            (false, true) => {
                at(faults, port, format!("is the serial line of bank \"{first}\", no GPIO chip"))
            }
            _ if agreed != bank.baud => {
                at(
                    faults,
                    port,
                    format!("runs at {agreed} Bd for bank \"{first}\", this one needs {}", bank.baud),
                );
            }
            _ => {}
        }
        if lines {
            continue;
        }
        match by_address.entry((&bank.port, bank.address)) {
            Entry::Occupied(other) => {
                let what = format!(
                    "{} is already used by bank \"{}\" on port \"{}\"",
                    bank.address,
                    other.get(),
                    bank.port
                );
                at(faults, address, what);
            }
            Entry::Vacant(free) => {
                free.insert(&bank.id);
            }
        }
    }
    input_boards(draft, &by_address, faults);
}

/// Relay boards may share a board of inputs; it is no bank's own.
fn input_boards(draft: &Draft, by_address: &BTreeMap<(&String, u8), &String>, faults: &mut Faults<'_>) {
    for At { value: DraftBank { bank, .. }, place, key } in &draft.banks {
        let Some(board) = bank.inputs.and_then(|inputs| inputs.board) else { continue };
        if let Some(other) = by_address.get(&(&bank.port, board)).filter(|other| **other != &bank.id) {
            let what = format!(
                "its inputs_board {board} is the address of bank \"{other}\" on port \"{}\"",
                bank.port
            );
            faults.add(place.clone(), key.clone(), what);
        }
    }
}

/// What a line of a GPIO chip is used for.
enum Use<'d> {
    Once,
    /// Several banks of one supply share the line that lets it through.
    Enables(&'d str),
}

/// No line has two uses: one output would then open two doors.
fn lines<'d>(draft: &'d Draft, faults: &mut Faults<'_>) {
    let mut used: BTreeMap<(&str, u32), (String, Use<'d>)> = BTreeMap::new();
    for At { value: DraftBank { bank, outputs, inputs, enable, .. }, .. } in &draft.banks {
        let Some(gpio) = &bank.gpio else { continue };
        let channels = || 1u32..;
        let mut take =
            |place: &At<()>, line: u32, by: String, purpose: Use<'d>| match used.entry((&bank.port, line)) {
                Entry::Vacant(free) => {
                    free.insert((by, purpose));
                }
                Entry::Occupied(other) => match (&other.get().1, &purpose) {
                    (Use::Enables(one), Use::Enables(other)) if one == other => {}
                    _ => at(faults, place, format!("line {line} is already {}", other.get().0)),
                },
            };
        for (&line, channel) in gpio.outputs.iter().zip(channels()) {
            take(
                outputs,
                line,
                format!("the output of channel {channel} of bank \"{}\"", bank.id),
                Use::Once,
            );
        }
        for (line, channel) in gpio.inputs.iter().zip(channels()) {
            if let Some(line) = *line {
                take(
                    inputs,
                    line,
                    format!("the input of channel {channel} of bank \"{}\"", bank.id),
                    Use::Once,
                );
            }
        }
        if let Some(line) = gpio.enable {
            take(enable, line, format!("the enable of bank \"{}\"", bank.id), Use::Enables(&bank.supply));
        }
    }
}

fn wiring(draft: &Draft, faults: &mut Faults<'_>) {
    let mut used = BTreeMap::new();
    for At { value: DraftCompartment { compartment, bank, channel, .. }, .. } in &draft.compartments {
        let lock = compartment.lock;
        let wired = draft.banks.iter().map(|wired| &wired.value.bank).find(|wired| wired.id == bank.value);
        if let Some(wired) = wired.filter(|wired| lock.channel > wired.channels) {
            let what =
                format!("{}; bank \"{}\" has channels 1 to {}", lock.channel, bank.value, wired.channels);
            at(faults, channel, what);
        }
        if let Some(other) = used.insert((&bank.value, lock.channel), compartment.number) {
            let what =
                format!("{} is already used by compartment {other} (bank \"{}\")", lock.channel, bank.value);
            at(faults, channel, what);
        }
    }
}

fn numbers(draft: &Draft, faults: &mut Faults<'_>) {
    let mut seen = BTreeMap::new();
    for At { value: DraftCompartment { compartment, number, .. }, .. } in &draft.compartments {
        if seen.insert(compartment.number, ()).is_some() {
            at(faults, number, format!("{} stands on another door already", compartment.number));
        }
    }
}

fn geometry(draft: &Draft, faults: &mut Faults<'_>) {
    let height_mm = draft.height_mm.unwrap_or(u32::MAX);
    let columns = draft.columns.as_deref();
    let width_mm = columns.map_or(u32::MAX, |columns| columns.iter().map(|column| column.w_mm).sum());
    if let Some(At { value: screen, place, key }) = &draft.screen
        && (screen.right() > width_mm || screen.top() > height_mm)
    {
        faults.add(
            place.clone(),
            key.clone(),
            format!("reaches beyond the cabinet of {width_mm} x {height_mm} mm"),
        );
    }
    for (index, At { value, place, key }) in draft.compartments.iter().enumerate() {
        let mut fault = |what: String| faults.add(place.clone(), key.clone(), what);
        let compartment = &value.compartment;
        let door = compartment.door;
        if door.top() > height_mm {
            fault(format!("the door's upper edge is at {} mm, the cabinet's at {height_mm} mm", door.top()));
        }
        let within = |column: &Column| door.x_mm >= column.x_mm && door.right() <= column.x_mm + column.w_mm;
        if columns.is_some_and(|columns| !columns.iter().any(within)) {
            fault(format!("the door from {} to {} mm lies in no one column", door.x_mm, door.right()));
        }
        if draft.screen.as_ref().is_some_and(|screen| door.overlaps(screen.value)) {
            fault("the door lies behind the screen".to_owned());
        }
        for other in draft.compartments.iter().take(index) {
            if door.overlaps(other.value.compartment.door) {
                fault(format!("the door overlaps that of compartment {}", other.value.compartment.number));
            }
        }
        if !(door.y_mm..=door.top()).contains(&compartment.handle_mm) {
            let what = format!(
                "{} mm is not on the door, {} to {} mm",
                compartment.handle_mm,
                door.y_mm,
                door.top()
            );
            at(faults, &value.handle, what);
        }
    }
}

/// "Smallest that fits" must be true: no door of a smaller class has more room than one of a larger class.
fn sizes(draft: &Draft, faults: &mut Faults<'_>) {
    let doors = || draft.compartments.iter().map(|at| (at, at.value.compartment));
    for (smaller, larger) in [(Size::S, Size::M), (Size::M, Size::L)] {
        let least = doors().filter(|(_, c)| c.size == larger).map(|(_, c)| c.volume()).min();
        for (place, compartment) in doors().filter(|(_, c)| c.size == smaller) {
            if least.is_some_and(|least| compartment.volume() > least) {
                let what = format!("is of size {smaller:?}, but larger than one of size {larger:?}");
                faults.add(place.place.clone(), place.key.clone(), what);
            }
        }
    }
}

/// Books cannot be kept yet for a door that nothing sees: what was deposited there would rest on a word.
fn evidence(draft: &Draft, faults: &mut Faults<'_>) {
    for At { value: DraftCompartment { compartment, bank, evidence, .. }, .. } in &draft.compartments {
        if compartment.evidence == Evidence::Attested {
            let what =
                "\"attested\" is not supported by this version: a door without a sensor proves nothing";
            at(faults, evidence, what.to_owned());
            continue;
        }
        let wired = draft.banks.iter().map(|wired| &wired.value.bank).find(|wired| wired.id == bank.value);
        let Some(wired) = wired else { continue };
        if compartment.evidence == Evidence::Item && wired.item_is.is_none() {
            let what = match wired.family.has_item_sensors() {
                true => format!(
                    "bank \"{}\" does not say what its item sensors mean, as in item_is = \"1\"",
                    wired.id
                ),
                false => format!("bank \"{}\" has no item sensors", wired.id),
            };
            at(faults, evidence, what);
        }
        let channel = usize::from(compartment.lock.channel).saturating_sub(1);
        if wired.gpio.as_ref().is_some_and(|gpio| gpio.inputs.get(channel) == Some(&None)) {
            let what = format!(
                "channel {} of bank \"{}\" has no input (-1): nothing sees this door",
                compartment.lock.channel, wired.id
            );
            at(faults, evidence, what);
        }
    }
}

impl super::Compartment {
    fn volume(&self) -> u64 {
        u64::from(self.door.w_mm) * u64::from(self.door.h_mm) * u64::from(self.depth_mm)
    }
}

impl Rect {
    fn right(self) -> u32 {
        self.x_mm + self.w_mm
    }

    fn top(self) -> u32 {
        self.y_mm + self.h_mm
    }

    fn overlaps(self, other: Self) -> bool {
        self.x_mm < other.right()
            && other.x_mm < self.right()
            && self.y_mm < other.top()
            && other.y_mm < self.top()
    }
}

fn parts(draft: &Draft, faults: &mut Faults<'_>) {
    let numbers: Vec<u16> = draft.compartments.iter().map(|at| at.value.compartment.number).collect();
    let mut taken = BTreeMap::new();
    for bank in draft.banks.iter().map(|at| &at.value.bank) {
        let Some(gpio) = &bank.gpio else { continue };
        let inputs = gpio.inputs.iter().flatten();
        for line in gpio.outputs.iter().chain(inputs).chain(&gpio.enable) {
            taken.insert((bank.port.as_str(), *line), bank.id.as_str());
        }
    }
    draft.parts.check(&numbers, &taken, faults);
}
