//! Couriers and recipients: what they remember, and what they do.

mod carrier;
mod courier;
mod digits;
mod recipient;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::DemoError;
use super::world::{keep, read_if_there};
pub use digits::{of_nobody, with_a_slip};

/// What people know of one parcel: what is written on it, and what is in their hands and on their phones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    /// What stands on it.
    pub label: String,
    /// Who waits for it.
    pub recipient: String,
    /// The hub's number for it, where the hub has told.
    pub parcel: Option<String>,
    /// The pickup code in the recipient's message.
    pub code: Option<String>,
    /// The pass in the recipient's message.
    pub pass: Option<String>,
    /// The pass on the courier's phone.
    pub deposit_pass: Option<String>,
    /// Where people last left it.
    pub place: Place,
}

/// Where people last left a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// With the courier.
    Van,
    /// Behind a door.
    Door(u16),
    /// With its recipient.
    Home,
}

/// What somebody was about to do at a door when the lights went out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Errand {
    /// To put this in.
    PutIn(String),
    /// To take out what is this person's.
    TakeOut(String),
}

/// What people and carriers remember. Kept on disk, as people outlive a power cut.
pub struct People {
    file: PathBuf,
    memory: Memory,
}

#[derive(Default, Serialize, Deserialize)]
struct Memory {
    locker: Option<u32>,
    serial: u32,
    runs: u32,
    courier_badge: Option<String>,
    errand: Option<Errand>,
    items: BTreeMap<String, Item>,
}

impl People {
    /// The carrier of the tour.
    pub const TENANT: u32 = 1;

    /// What is remembered from earlier runs.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn remember(file: &Path) -> Result<Self, DemoError> {
        let memory = match read_if_there(file)? {
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| DemoError::Odd(format!("{}: {error}", file.display())))?,
            None => Memory::default(),
        };
        let mut people = Self { file: file.to_owned(), memory };
        people.change(|memory| memory.runs += 1);
        Ok(people)
    }

    /// How the carrier calls a person: the people of another run are others, whatever their names.
    pub fn reference(&self, name: &str) -> String {
        format!("{name} of run {}", self.memory.runs)
    }

    /// The locker's number, once it has one.
    pub fn locker(&self) -> Option<u32> {
        self.memory.locker
    }

    /// The locker was given this number.
    pub fn learn_locker(&mut self, locker: u32) {
        self.change(|memory| memory.locker = Some(locker));
    }

    /// The courier's badge.
    pub fn badge(&self) -> Option<String> {
        self.memory.courier_badge.clone()
    }

    /// The courier was given a badge.
    pub fn learn_badge(&mut self, pass: String) {
        self.change(|memory| memory.courier_badge = Some(pass));
    }

    /// What was not finished when the demo last ended.
    pub fn errand(&self) -> Option<&Errand> {
        self.memory.errand.as_ref()
    }

    /// Somebody begins something at a door, or has finished.
    pub fn set_errand(&mut self, errand: Option<Errand>) {
        self.change(|memory| memory.errand = errand);
    }

    /// All parcels that people know of.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.memory.items.values()
    }

    /// One of them.
    ///
    /// # Errors
    /// Nobody knows it.
    pub fn item(&self, label: &str) -> Result<&Item, DemoError> {
        let known = self.memory.items.get(label);
        known.ok_or_else(|| DemoError::Odd(format!("nobody knows a parcel {label}")))
    }

    /// A parcel that nobody knew of.
    pub fn add(&mut self, item: Item) {
        self.change(|memory| drop(memory.items.insert(item.label.clone(), item)));
    }

    /// A parcel whose story is over.
    pub fn forget(&mut self, label: &str) {
        self.change(|memory| drop(memory.items.remove(label)));
    }

    /// Somebody learned something of a parcel.
    pub fn learn(&mut self, label: &str, learn: impl FnOnce(&mut Item)) {
        self.change(|memory| {
            if let Some(item) = memory.items.get_mut(label) {
                learn(item);
            }
        });
    }

    /// A label that was never printed before: eight digits and their check digit (UPU S10).
    pub fn next_label(&mut self) -> String {
        self.change(|memory| memory.serial += 1);
        let digits = format!("{:08}", 10_000_000 + self.memory.serial);
        let weighted: u32 = digits
            .chars()
            .filter_map(|digit| digit.to_digit(10))
            .zip([8, 6, 4, 2, 3, 5, 9, 7])
            .map(|(digit, weight)| digit * weight)
            .sum();
        let check = match 11 - weighted % 11 {
            10 => 0,
            11 => 5,
            other => other,
        };
        format!("RB{digits}{check}ES")
    }

    fn change(&mut self, change: impl FnOnce(&mut Memory)) {
        change(&mut self.memory);
        keep(&self.file, &self.memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_is_printed_twice_and_people_outlive_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.json");
        let first = People::remember(&file).unwrap().next_label();
        let second = People::remember(&file).unwrap().next_label();
        assert_ne!(first, second);
        assert_eq!(first.len(), 13);
    }
}
