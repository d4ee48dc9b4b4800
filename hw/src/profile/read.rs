//! From TOML to typed values, remembering where each stood. Reads on after a fault, to report all of them.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::fault::Faults;
use super::{Bank, Column, Compartment, MOST_BANKS, MOST_BYTES, MOST_COMPARTMENTS, Profile, Rect};
use crate::bus::Lock;

/// A value, where it stood, and its key.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Range<usize>,
    pub(super) key: String,
}

/// What could be read of a profile: typed and in range by itself, not yet checked against each other. Where something
/// could not be read, a fault says so, and the rest is checked all the same.
#[derive(Default)]
pub(super) struct Draft {
    name: Option<String>,
    pub(super) height_mm: Option<u32>,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) screen: Option<At<Rect>>,
    pub(super) banks: Vec<At<DraftBank>>,
    pub(super) compartments: Vec<At<DraftCompartment>>,
}

pub(super) struct DraftBank {
    pub(super) bank: Bank,
    pub(super) id: At<()>,
    pub(super) port: At<()>,
    pub(super) address: At<()>,
    pub(super) channels: At<()>,
    pub(super) supply: At<()>,
}

pub(super) struct DraftCompartment {
    pub(super) compartment: Compartment,
    pub(super) number: At<()>,
    pub(super) bank: At<String>,
    pub(super) channel: At<()>,
    pub(super) handle: At<()>,
}

impl Draft {
    /// The profile, when every part of it could be read.
    pub(super) fn finished(self) -> Option<Profile> {
        Some(Profile {
            name: self.name?,
            height_mm: self.height_mm?,
            columns: self.columns?,
            screen: self.screen?.value,
            banks: self.banks.into_iter().map(|bank| bank.value.bank).collect(),
            compartments: self.compartments.into_iter().map(|c| c.value.compartment).collect(),
        })
    }
}

/// A measure of a cabinet; a width or height must not be 0.
const MEASURE_MM: RangeInclusive<i64> = 1..=20_000;
const POSITION_MM: RangeInclusive<i64> = 0..=20_000;
const LONGEST_NAME: usize = 40;
const MOST_COLUMNS: usize = 60;

/// Reads the whole file, as far as it can be read.
pub(super) fn read(text: &str, faults: &mut Faults<'_>) -> Draft {
    let mut draft = Draft::default();
    if text.len() > MOST_BYTES {
        faults.add(0..0, "", format!("the file has {} bytes; at most {MOST_BYTES} are read", text.len()));
        return draft;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            faults.add(error.span().unwrap_or(0..0), "", error.message().trim());
        }
        return draft;
    }
    let mut file = Section::new(table.get_ref(), table.span(), String::new(), faults);
    let cabinet = file.table("cabinet");
    let screen = file.table("screen");
    let banks = file.tables("bank", MOST_BANKS);
    let compartments = file.tables("compartment", MOST_COMPARTMENTS);
    file.no_more_keys();

    if let Some((table, place)) = cabinet {
        let mut section = Section::new(table, place, "cabinet".to_owned(), faults);
        draft.name = section.name("name").map(|name| name.value);
        draft.height_mm = section.whole("height_mm", MEASURE_MM).map(|height| height.value);
        draft.columns = section.columns("column_widths_mm");
        section.no_more_keys();
    }
    if let Some((table, place)) = screen {
        let mut section = Section::new(table, place.clone(), "screen".to_owned(), faults);
        draft.screen = section.rect().map(|value| At { value, place, key: "screen".to_owned() });
        section.no_more_keys();
    }
    // A compartment of a bank that has a fault of its own is not blamed for it.
    let id_of = |(table, _): &(&DeTable<'_>, _)| table.get("id")?.get_ref().as_str().map(str::to_owned);
    let ids: Vec<Option<String>> = banks.iter().map(id_of).collect();
    draft.banks = read_each(banks, "bank", faults, read_bank);
    draft.compartments =
        read_each(compartments, "compartment", faults, |section| read_compartment(section, &ids));
    draft
}

/// Reads every table of an array, also after one that fails.
fn read_each<'t, T>(
    tables: Vec<(&'t DeTable<'t>, Range<usize>)>,
    key: &str,
    faults: &mut Faults<'_>,
    mut read_one: impl FnMut(&mut Section<'t, '_, '_>) -> Option<T>,
) -> Vec<At<T>> {
    let mut results = Vec::new();
    for (index, (table, place)) in tables.into_iter().enumerate() {
        let key = format!("{key}[{}]", index + 1);
        let mut section = Section::new(table, place.clone(), key.clone(), faults);
        let value = read_one(&mut section);
        section.no_more_keys();
        results.extend(value.map(|value| At { value, place, key }));
    }
    results
}

fn read_bank(section: &mut Section<'_, '_, '_>) -> Option<DraftBank> {
    let id = section.name("id");
    let family = section.value("family");
    let port = section.name("port");
    let address = section.whole("address", 1..=255);
    let channels = section.whole("channels", 1..=255);
    let closed_is = section.value("closed_is");
    let pulse_ms = section.whole_or("pulse_ms", 1..=super::LONGEST_PULSE_MS.into(), 300);
    let cooldown_ms = section.whole_or("cooldown_ms", 0..=60_000, 500);
    let supply = section.name("supply");
    let (id, port, address, channels, supply) = (id?, port?, address?, channels?, supply?);
    let bank = Bank {
        id: id.value.clone(),
        family: family?.value,
        port: port.value.clone(),
        address: u8::try_from(address.value).ok()?,
        channels: u8::try_from(channels.value).ok()?,
        closed_is: closed_is?.value,
        pulse_ms: u16::try_from(pulse_ms?).ok()?,
        cooldown_ms: u16::try_from(cooldown_ms?).ok()?,
        supply: supply.value.clone(),
    };
    Some(DraftBank {
        bank,
        id: id.place_only(),
        port: port.place_only(),
        address: address.place_only(),
        channels: channels.place_only(),
        supply: supply.place_only(),
    })
}

fn read_compartment(
    section: &mut Section<'_, '_, '_>,
    bank_ids: &[Option<String>],
) -> Option<DraftCompartment> {
    let number = section.whole("number", 1..=9999);
    let size = section.value("size");
    let bank = section.name("bank");
    let channel = section.whole("channel", 1..=255);
    let door = section.rect();
    let depth_mm = section.whole("depth_mm", MEASURE_MM);
    let middle_mm = door.map_or(0, |door| door.y_mm + door.h_mm / 2);
    let handle = section.whole_at_or("handle_mm", POSITION_MM, middle_mm);
    let evidence = section.value("evidence");
    let (number, bank, channel, handle) = (number?, bank?, channel?, handle?);
    let known = bank_ids.iter().position(|id| id.as_ref() == Some(&bank.value));
    if known.is_none() {
        let what = format!("there is no bank \"{}\"", bank.value);
        section.faults.add(bank.place.clone(), bank.key.clone(), what);
    }
    let compartment = Compartment {
        number: u16::try_from(number.value).ok()?,
        size: size?.value,
        lock: Lock {
            bank: u8::try_from(known.unwrap_or(0)).ok()?,
            channel: u8::try_from(channel.value).ok()?,
        },
        door: door?,
        depth_mm: depth_mm?.value,
        handle_mm: handle.value,
        evidence: evidence?.value,
    };
    Some(DraftCompartment {
        compartment,
        number: number.place_only(),
        bank,
        channel: channel.place_only(),
        handle: handle.place_only(),
    })
}

impl<T> At<T> {
    fn place_only(self) -> At<()> {
        At { value: (), place: self.place, key: self.key }
    }
}

/// One table of the file, from which keys are taken.
struct Section<'t, 'b, 'f> {
    table: &'t DeTable<'t>,
    place: Range<usize>,
    key: String,
    known: BTreeSet<&'static str>,
    faults: &'b mut Faults<'f>,
}

impl<'t, 'b, 'f> Section<'t, 'b, 'f> {
    fn new(table: &'t DeTable<'t>, place: Range<usize>, key: String, faults: &'b mut Faults<'f>) -> Self {
        Self { table, place, key, known: BTreeSet::new(), faults }
    }

    fn path(&self, key: &str) -> String {
        if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }
    }

    fn optional(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.insert(key);
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        let value = self.optional(key);
        if value.is_none() {
            self.faults.add(self.place.clone(), self.path(key), "is missing");
        }
        value
    }

    /// A value of any type that serde can make of it.
    fn value<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<At<T>> {
        let value = self.required(key)?;
        self.typed(key, value)
    }

    fn typed<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        value: &Spanned<DeValue<'t>>,
    ) -> Option<At<T>> {
        let (place, key) = (value.span(), self.path(key));
        match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(value) => Some(At { value, place, key }),
            Err(error) => {
                self.faults.add(place, key, error.message().trim());
                None
            }
        }
    }

    fn name(&mut self, key: &'static str) -> Option<At<String>> {
        let name = self.value::<String>(key)?;
        let length = name.value.chars().count();
        if length == 0 || length > LONGEST_NAME || name.value.chars().any(char::is_control) {
            self.faults.add(
                name.place,
                name.key,
                format!("a name of 1 to {LONGEST_NAME} printable characters"),
            );
            return None;
        }
        Some(name)
    }

    fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<At<u32>> {
        let value = self.required(key)?;
        self.in_range(key, value, range)
    }

    fn whole_or(&mut self, key: &'static str, range: RangeInclusive<i64>, default: u32) -> Option<u32> {
        self.whole_at_or(key, range, default).map(|number| number.value)
    }

    fn whole_at_or(
        &mut self,
        key: &'static str,
        range: RangeInclusive<i64>,
        default: u32,
    ) -> Option<At<u32>> {
        match self.optional(key) {
            Some(value) => self.in_range(key, value, range),
            None => Some(At { value: default, place: self.place.clone(), key: self.path(key) }),
        }
    }

    fn in_range(
        &mut self,
        key: &'static str,
        value: &Spanned<DeValue<'t>>,
        range: RangeInclusive<i64>,
    ) -> Option<At<u32>> {
        let number = self.typed::<i64>(key, value)?;
        match u32::try_from(number.value) {
            Ok(whole) if range.contains(&number.value) => {
                Some(At { value: whole, place: number.place, key: number.key })
            }
            _ => {
                let (low, high) = range.into_inner();
                self.faults.add(
                    number.place,
                    number.key,
                    format!("{} is not within {low} to {high}", number.value),
                );
                None
            }
        }
    }

    fn rect(&mut self) -> Option<Rect> {
        let x_mm = self.whole("x_mm", POSITION_MM);
        let y_mm = self.whole("y_mm", POSITION_MM);
        let w_mm = self.whole("w_mm", MEASURE_MM);
        let h_mm = self.whole("h_mm", MEASURE_MM);
        Some(Rect { x_mm: x_mm?.value, y_mm: y_mm?.value, w_mm: w_mm?.value, h_mm: h_mm?.value })
    }

    /// Columns from their widths, side by side from the left edge.
    fn columns(&mut self, key: &'static str) -> Option<Vec<Column>> {
        let widths = self.value::<Vec<u32>>(key)?;
        if !(1..=MOST_COLUMNS).contains(&widths.value.len())
            || !widths.value.iter().all(|&width| MEASURE_MM.contains(&width.into()))
        {
            let what = format!("1 to {MOST_COLUMNS} widths of 1 to 20000 mm, from left to right");
            self.faults.add(widths.place, widths.key, what);
            return None;
        }
        let mut x_mm = 0;
        let side_by_side = widths.value.into_iter().map(|w_mm| {
            let column = Column { x_mm, w_mm };
            x_mm += w_mm;
            column
        });
        Some(side_by_side.collect())
    }

    fn table(&mut self, key: &'static str) -> Option<(&'t DeTable<'t>, Range<usize>)> {
        let value = self.required(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.faults.add(value.span(), self.path(key), format!("is to be a table, [{key}]"));
        }
        Some((table?, value.span()))
    }

    fn tables(&mut self, key: &'static str, most: usize) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
        let Some(value) = self.required(key) else { return Vec::new() };
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|array| {
            array.iter().map(|item| Some((item.get_ref().as_table()?, item.span()))).collect()
        });
        match tables {
            Some(tables) if (1..=most).contains(&tables.len()) => tables,
            Some(tables) => {
                let what = format!("there are {}; 1 to {most} are allowed", tables.len());
                self.faults.add(value.span(), self.path(key), what);
                Vec::new()
            }
            None => {
                self.faults.add(
                    value.span(),
                    self.path(key),
                    format!("is to be a list of tables, [[{key}]]"),
                );
                Vec::new()
            }
        }
    }

    /// A key that nobody asked for is most likely misspelt.
    fn no_more_keys(&mut self) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !self.known.contains(name) {
                let known: Vec<&str> = self.known.iter().copied().collect();
                let what = format!("is no key of a profile here; known are {}", known.join(", "));
                self.faults.add(key.span(), self.path(name), what);
            }
        }
    }
}
