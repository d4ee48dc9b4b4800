//! The profile as it was found: the technician's own file, with what was proven otherwise changed and everything else as it was.

use locker_hw::profile::{Evidence, Fault, Profile, parse};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Table, value};

use super::diagnosis::Corrections;

/// Why no profile could be written.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// The text changed under our hands.
    #[error("the profile's text is not what was examined: {0}")]
    OtherText(String),
    /// What would come out has faults.
    #[error("the profile as found would have faults: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Faults(Vec<Fault>),
}

/// The text of `profile` with its corrections.
///
/// # Errors
/// Where the text is not that of this profile, or its correction would be no profile.
pub fn corrected(text: &str, profile: &Profile, corrections: &Corrections) -> Result<String, RewriteError> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| RewriteError::OtherText(error.to_string()))?;
    let banks = tables(&mut document, "bank", profile.banks.len())?;
    for (index, table) in (0u8..).zip(banks.iter_mut()) {
        if corrections.inverted.contains(&index) {
            turn_round(table, "closed_is")?;
        }
        if corrections.items_inverted.contains(&index) {
            turn_round(table, "item_is")?;
        }
        if let Some(lines) = corrections.inputs.get(&index) {
            // In a profile, a channel without a switch has the line -1.
            put(table, "inputs", lines.iter().map(|line| line.map_or(-1, i64::from)).collect::<Array>());
        }
        if let Some(baud) = corrections.bauds.get(&index) {
            put(table, "baud", i64::from(*baud));
        }
        if let Some(address) = corrections.addresses.get(&index) {
            put(table, "address", i64::from(*address));
        }
    }
    let compartments = tables(&mut document, "compartment", profile.compartments.len())?;
    for (compartment, table) in profile.compartments.iter().zip(compartments.iter_mut()) {
        if let Some(lock) = corrections.locks.get(&compartment.number) {
            if let Some(bank) = profile.banks.get(usize::from(lock.bank)) {
                put(table, "bank", bank.id.clone());
            }
            put(table, "channel", i64::from(lock.channel));
        }
        if let Some(evidence) = corrections.evidence.get(&compartment.number) {
            put(table, "evidence", word(*evidence));
        }
    }
    let text = document.to_string();
    parse(&text, "the profile as found").map_err(RewriteError::Faults)?;
    Ok(text)
}

/// The families of a profile's banks, as they are written there.
pub fn families(text: &str) -> Vec<String> {
    let Ok(document) = text.parse::<DocumentMut>() else { return Vec::new() };
    let banks = document.get("bank").and_then(|item| item.as_array_of_tables());
    let family =
        |table: &Table| table.get("family").and_then(|item| item.as_str()).unwrap_or_default().to_owned();
    banks.map(|banks| banks.iter().map(family).collect()).unwrap_or_default()
}

fn tables<'d>(
    document: &'d mut DocumentMut,
    key: &str,
    count: usize,
) -> Result<&'d mut ArrayOfTables, RewriteError> {
    let tables = document.get_mut(key).and_then(|item| item.as_array_of_tables_mut());
    let tables =
        tables.ok_or_else(|| RewriteError::OtherText(format!("there is no list of [[{key}]] tables")))?;
    match tables.len() == count {
        true => Ok(tables),
        false => Err(RewriteError::OtherText(format!("there are not {count} [[{key}]]"))),
    }
}

/// The other of two values, in the notation that it has.
fn turn_round(table: &mut Table, key: &str) -> Result<(), RewriteError> {
    let turned = match table.get(key).and_then(|item| item.as_str()) {
        Some("11") => "00",
        Some("00") => "11",
        Some("1") => "0",
        Some("0") => "1",
        other => return Err(RewriteError::OtherText(format!("{key} is {other:?}"))),
    };
    put(table, key, turned);
    Ok(())
}

/// Changes a value, and keeps the comment behind it.
fn put(table: &mut Table, key: &str, new: impl Into<toml_edit::Value>) {
    let mut new = value(new);
    if let (Some(old), Some(new)) = (table.get(key).and_then(|item| item.as_value()), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, new);
}

fn word(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Door => "door",
        Evidence::Bolt => "bolt",
        Evidence::Item => "item",
        Evidence::Attested => "attested",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use locker_hw::board::ClosedIs;
    use locker_hw::profile::DEMO_24;

    use super::*;

    #[test]
    fn only_what_was_found_otherwise_changes_and_comments_stay() {
        let text = DEMO_24.replacen("closed_is = \"11\"", "closed_is = \"11\" # by the data sheet", 1);
        let profile = parse(&text, "demo-24.toml").unwrap();
        let (third, fourth) = (profile.compartments[2].lock, profile.compartments[3].lock);
        let corrections = Corrections {
            inverted: [0].into(),
            items_inverted: BTreeSet::new(),
            inputs: BTreeMap::new(),
            addresses: [(0, 5)].into(),
            bauds: BTreeMap::new(),
            locks: [(3, fourth), (4, third)].into(),
            evidence: [(9, Evidence::Bolt)].into(),
        };
        let written = corrected(&text, &profile, &corrections).unwrap();
        let found = parse(&written, "found.toml").unwrap();
        let mut expected = profile.clone();
        expected.banks[0].closed_is = ClosedIs::Zero;
        expected.banks[0].address = 5;
        expected.compartments[2].lock = fourth;
        expected.compartments[3].lock = third;
        expected.compartments[8].evidence = Evidence::Bolt;
        assert_eq!(found, expected);
        assert!(written.contains("closed_is = \"00\" # by the data sheet"));
        assert!(written.starts_with("# A cabinet of 24 compartments"));
        assert_eq!(written.lines().count(), text.lines().count());
    }

    #[test]
    fn crossed_inputs_of_pins_are_brought_in_order() {
        let text = include_str!("../../hw/cabinets/counter-12-gpio.toml");
        let profile = parse(text, "counter-12-gpio.toml").unwrap();
        let mut lines = profile.banks[0].gpio.clone().unwrap().inputs;
        lines.swap(0, 4);
        let corrections = Corrections { inputs: [(0, lines.clone())].into(), ..Corrections::default() };
        let written = corrected(text, &profile, &corrections).unwrap();
        assert!(written.contains("inputs = [6, 3, 4, 5, 2, 7, 8, 9, 10, 11, 12, 15]\n"), "{written}");
        let found = parse(&written, "found.toml").unwrap();
        assert_eq!(found.banks[0].gpio.as_ref().unwrap().inputs, lines);
    }

    #[test]
    fn a_speed_that_the_profile_left_out_is_added_to_its_bank() {
        let text = include_str!("../../hw/cabinets/pillar-19-cu16.toml");
        let profile = parse(text, "pillar-19-cu16.toml").unwrap();
        let corrections =
            Corrections { bauds: [(0, 115_200), (1, 115_200)].into(), ..Corrections::default() };
        let found = parse(&corrected(text, &profile, &corrections).unwrap(), "found.toml").unwrap();
        let mut expected = profile;
        expected.banks.iter_mut().for_each(|bank| bank.baud = 115_200);
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_to_correct_leaves_the_file_byte_for_byte() {
        let profile = parse(DEMO_24, "demo-24.toml").unwrap();
        assert_eq!(corrected(DEMO_24, &profile, &Corrections::default()).unwrap(), DEMO_24);
    }

    #[test]
    fn a_correction_that_makes_no_profile_is_not_written() {
        let profile = parse(DEMO_24, "demo-24.toml").unwrap();
        let corrections =
            Corrections { evidence: [(1, Evidence::Attested)].into(), ..Corrections::default() };
        assert!(matches!(corrected(DEMO_24, &profile, &corrections), Err(RewriteError::Faults(_))));
        let other = DEMO_24.replacen("[[bank]]", "[[bench]]", 1);
        assert!(matches!(
            corrected(&other, &profile, &Corrections::default()),
            Err(RewriteError::OtherText(_))
        ));
    }
}
