//! Typed values out of one table, remembering where each stood.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::document::Table;
use super::fault::Faults;

/// The most characters of a [`Section::name`].
pub const LONGEST_NAME: usize = 40;

/// A value, where it stood, and its key.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its range of bytes in the text; that of its table, where a default was taken.
    pub place: std::ops::Range<usize>,
    /// The path of its key, as in `compartment[3].channel`.
    pub key: String,
}

impl<T> At<T> {
    /// Where it stood, without the value.
    pub fn place_only(self) -> At<()> {
        self.with(())
    }

    /// Another value in its place.
    pub fn with<U>(self, value: U) -> At<U> {
        At { value, place: self.place, key: self.key }
    }
}

/// One table that is being read. Every method gives `None` after it has reported a fault, so that the rest can be read all
/// the same.
pub struct Section<'t, 'b, 'f> {
    table: Table<'t>,
    known: BTreeSet<String>,
    faults: &'b mut Faults<'f>,
}

impl<'t, 'b, 'f> Section<'t, 'b, 'f> {
    /// Begins to read a table.
    pub fn new(table: Table<'t>, faults: &'b mut Faults<'f>) -> Self {
        Self { table, known: BTreeSet::new(), faults }
    }

    fn path(&self, key: &str) -> String {
        if self.table.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.table.key) }
    }

    /// The text under a key, if there is one. A look ahead: it neither faults nor counts as read.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'t str> {
        self.table.text(key)
    }

    /// Reports that a value which could be read is wrong all the same.
    pub fn fault<T>(&mut self, at: &At<T>, what: impl Into<String>) {
        self.faults.add(at.place.clone(), at.key.clone(), what);
    }

    fn optional(&mut self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.insert(key.to_owned());
        self.table.keys.get(key)
    }

    fn required(&mut self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        let value = self.optional(key);
        if value.is_none() {
            self.faults.add(self.table.place(), self.path(key), "is missing");
        }
        value
    }

    fn default<T>(&self, key: &str, value: T) -> At<T> {
        At { value, place: self.table.place(), key: self.path(key) }
    }

    /// A value of any type that serde can make of it.
    pub fn value<T: DeserializeOwned>(&mut self, key: &str) -> Option<At<T>> {
        let value = self.required(key)?;
        self.typed(key, value)
    }

    /// As [`Section::value`], with what holds where the key is not there.
    pub fn value_or<T: DeserializeOwned>(&mut self, key: &str, default: T) -> Option<At<T>> {
        match self.optional(key) {
            Some(value) => self.typed(key, value),
            None => Some(self.default(key, default)),
        }
    }

    /// As [`Section::value`], where it need not be there: `Some(None)` then.
    pub fn optional_value<T: DeserializeOwned>(&mut self, key: &str) -> Option<Option<At<T>>> {
        match self.optional(key) {
            Some(value) => self.typed(key, value).map(Some),
            None => Some(None),
        }
    }

    fn typed<T: DeserializeOwned>(&mut self, key: &str, value: &Spanned<DeValue<'t>>) -> Option<At<T>> {
        let (place, key) = (value.span(), self.path(key));
        match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(value) => Some(At { value, place, key }),
            Err(error) => {
                self.faults.add(place, key, error.message().trim());
                None
            }
        }
    }

    /// A name of 1 to [`LONGEST_NAME`] printable characters.
    pub fn name(&mut self, key: &str) -> Option<At<String>> {
        let name = self.value::<String>(key)?;
        let length = name.value.chars().count();
        if length == 0 || length > LONGEST_NAME || name.value.chars().any(char::is_control) {
            self.fault(&name, format!("a name of 1 to {LONGEST_NAME} printable characters"));
            return None;
        }
        Some(name)
    }

    /// A whole number within a range.
    pub fn whole(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<At<u32>> {
        let value = self.required(key)?;
        self.in_range(key, value, range)
    }

    /// As [`Section::whole`], with what holds where the key is not there.
    pub fn whole_or(&mut self, key: &str, range: RangeInclusive<i64>, default: u32) -> Option<At<u32>> {
        match self.optional(key) {
            Some(value) => self.in_range(key, value, range),
            None => Some(self.default(key, default)),
        }
    }

    /// As [`Section::whole`], where it need not be there: `Some(None)` then.
    pub fn optional_whole(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<Option<At<u32>>> {
        match self.optional(key) {
            Some(value) => self.in_range(key, value, range).map(Some),
            None => Some(None),
        }
    }

    fn in_range(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'t>>,
        range: RangeInclusive<i64>,
    ) -> Option<At<u32>> {
        let number = self.typed::<i64>(key, value)?;
        match u32::try_from(number.value) {
            Ok(whole) if range.contains(&number.value) => Some(number.with(whole)),
            _ => {
                let (low, high) = range.into_inner();
                self.fault(&number, format!("{} is not within {low} to {high}", number.value));
                None
            }
        }
    }

    /// The table under a key, as in `[key]`.
    pub fn table(&mut self, key: &str) -> Option<Table<'t>> {
        let value = self.required(key)?;
        self.as_table(key, value)
    }

    /// As [`Section::table`], where it need not be there.
    pub fn optional_table(&mut self, key: &str) -> Option<Table<'t>> {
        let value = self.optional(key)?;
        self.as_table(key, value)
    }

    fn as_table(&mut self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Option<Table<'t>> {
        let table = Table::of(value, self.path(key));
        if table.is_none() {
            self.faults.add(value.span(), self.path(key), format!("is to be a table, [{key}]"));
        }
        table
    }

    /// The tables of a list, as in `[[key]]`, 1 to `most` of them. Each key is numbered from 1. Empty after a fault.
    pub fn tables(&mut self, key: &str, most: usize) -> Vec<Table<'t>> {
        let Some(value) = self.required(key) else { return Vec::new() };
        let path = self.path(key);
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|array| {
            let items = array.iter().enumerate();
            items.map(|(index, item)| Table::of(item, format!("{path}[{}]", index + 1))).collect()
        });
        match tables {
            Some(tables) if (1..=most).contains(&tables.len()) => tables,
            Some(tables) => {
                let what = format!("there are {}; 1 to {most} are allowed", tables.len());
                self.faults.add(value.span(), path, what);
                Vec::new()
            }
            None => {
                self.faults.add(value.span(), path, format!("is to be a list of tables, [[{key}]]"));
                Vec::new()
            }
        }
    }

    /// As [`Section::tables`], where there may be none.
    pub fn optional_tables(&mut self, key: &str, most: usize) -> Vec<Table<'t>> {
        if self.optional(key).is_some() { self.tables(key, most) } else { Vec::new() }
    }

    /// Whether a key is there.
    pub fn has(&mut self, key: &str) -> bool {
        self.optional(key).is_some()
    }

    /// These keys may be there, but cannot be judged: what would say how to read them could not be read itself.
    pub fn pass_over(&mut self, keys: &[&str]) {
        self.known.extend(keys.iter().map(|&key| key.to_owned()));
    }

    /// A key that nobody asked for is most likely misspelt.
    pub fn no_more_keys(self) {
        for key in self.table.keys.keys() {
            let name: &str = key.get_ref();
            if !self.known.contains(name) {
                let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
                let what = format!("is no key here; known are {}", known.join(", "));
                self.faults.add(key.span(), self.path(name), what);
            }
        }
    }
}
