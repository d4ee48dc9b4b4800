//! What a profile says, value by value. Reads on after a fault, to report all of them.

use std::ops::RangeInclusive;

use super::parts::{self, DraftParts};
use super::read_bank::{DraftBank, read_bank};
use super::{Column, Compartment, MOST_BANKS, MOST_BYTES, MOST_COMPARTMENTS, Profile, Rect};
use crate::bus::Lock;
use crate::settings::{At, Document, Faults, Section, Table};

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
    pub(super) parts: DraftParts,
}

pub(super) struct DraftCompartment {
    pub(super) compartment: Compartment,
    pub(super) number: At<()>,
    pub(super) bank: At<String>,
    pub(super) channel: At<()>,
    pub(super) handle: At<()>,
    pub(super) evidence: At<()>,
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
            parts: self.parts.parts,
        })
    }
}

/// A measure of a cabinet; a width or height must not be 0.
const MEASURE_MM: RangeInclusive<i64> = 1..=20_000;
const POSITION_MM: RangeInclusive<i64> = 0..=20_000;
const MOST_COLUMNS: usize = 60;

/// Reads the whole file, as far as it can be read.
pub(super) fn read(text: &str, faults: &mut Faults<'_>) -> Draft {
    let mut draft = Draft::default();
    let Some(document) = Document::read(text, MOST_BYTES, faults) else { return draft };
    let mut file = Section::new(document.root(), faults);
    let cabinet = file.table("cabinet");
    let screen = file.table("screen");
    let banks = file.tables("bank", MOST_BANKS);
    let compartments = file.tables("compartment", MOST_COMPARTMENTS);
    let parts = parts::Tables::of(&mut file);
    file.no_more_keys();

    if let Some(table) = cabinet {
        let mut section = Section::new(table, faults);
        draft.name = section.name("name").map(|name| name.value);
        draft.height_mm = section.whole("height_mm", MEASURE_MM).map(|height| height.value);
        draft.columns = columns(&mut section, "column_widths_mm");
        section.no_more_keys();
    }
    if let Some(table) = screen {
        let (place, key) = (table.place(), table.key().to_owned());
        let mut section = Section::new(table, faults);
        draft.screen = rect(&mut section).map(|value| At { value, place, key });
        section.no_more_keys();
    }
    // A compartment of a bank that has a fault of its own is not blamed for it.
    let ids: Vec<Option<String>> = banks.iter().map(|bank| bank.text("id").map(str::to_owned)).collect();
    draft.banks = read_each(banks, faults, read_bank);
    draft.parts = parts::read(parts, faults);
    draft.compartments = read_each(compartments, faults, |section| read_compartment(section, &ids));
    draft
}

/// Reads every table of an array, also after one that fails.
fn read_each<'t, T>(
    tables: Vec<Table<'t>>,
    faults: &mut Faults<'_>,
    mut read_one: impl FnMut(&mut Section<'t, '_, '_>) -> Option<T>,
) -> Vec<At<T>> {
    let mut results = Vec::new();
    for table in tables {
        let (place, key) = (table.place(), table.key().to_owned());
        let mut section = Section::new(table, faults);
        let value = read_one(&mut section);
        section.no_more_keys();
        results.extend(value.map(|value| At { value, place, key }));
    }
    results
}

fn read_compartment(
    section: &mut Section<'_, '_, '_>,
    bank_ids: &[Option<String>],
) -> Option<DraftCompartment> {
    let number = section.whole("number", 1..=9999);
    let size = section.value("size");
    let bank = section.name("bank");
    let channel = section.whole("channel", 1..=255);
    let door = rect(section);
    let depth_mm = section.whole("depth_mm", MEASURE_MM);
    let middle_mm = door.map_or(0, |door| door.y_mm + door.h_mm / 2);
    let handle = section.whole_or("handle_mm", POSITION_MM, middle_mm);
    let evidence = section.value("evidence");
    let (number, bank, channel, handle, evidence) = (number?, bank?, channel?, handle?, evidence?);
    let known = bank_ids.iter().position(|id| id.as_ref() == Some(&bank.value));
    if known.is_none() {
        let what = format!("there is no bank \"{}\"", bank.value);
        section.fault(&bank, what);
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
        evidence: evidence.value,
    };
    Some(DraftCompartment {
        compartment,
        number: number.place_only(),
        bank,
        channel: channel.place_only(),
        handle: handle.place_only(),
        evidence: evidence.place_only(),
    })
}

fn rect(section: &mut Section<'_, '_, '_>) -> Option<Rect> {
    let x_mm = section.whole("x_mm", POSITION_MM);
    let y_mm = section.whole("y_mm", POSITION_MM);
    let w_mm = section.whole("w_mm", MEASURE_MM);
    let h_mm = section.whole("h_mm", MEASURE_MM);
    Some(Rect { x_mm: x_mm?.value, y_mm: y_mm?.value, w_mm: w_mm?.value, h_mm: h_mm?.value })
}

/// Columns from their widths, side by side from the left edge.
fn columns(section: &mut Section<'_, '_, '_>, key: &str) -> Option<Vec<Column>> {
    let widths = section.value::<Vec<u32>>(key)?;
    if !(1..=MOST_COLUMNS).contains(&widths.value.len())
        || !widths.value.iter().all(|&width| MEASURE_MM.contains(&width.into()))
    {
        section.fault(&widths, format!("1 to {MOST_COLUMNS} widths of 1 to 20000 mm, from left to right"));
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
