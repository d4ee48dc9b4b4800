//! A file that is TOML, and its tables; nothing is known yet of what they say.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Faults;

/// A file of settings that is TOML.
pub struct Document<'t>(Spanned<DeTable<'t>>);

impl<'t> Document<'t> {
    /// Takes the text apart. One that is longer than `most_bytes`, or no TOML, is no document: the faults say why.
    pub fn read(text: &'t str, most_bytes: usize, faults: &mut Faults<'_>) -> Option<Self> {
        if text.len() > most_bytes {
            faults.add(0..0, "", format!("the file has {} bytes; at most {most_bytes} are read", text.len()));
            return None;
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                faults.add(error.span().unwrap_or(0..0), "", error.message().trim());
            }
            return None;
        }
        Some(Self(table))
    }

    /// The file as a table: what stands before the first heading, and the headings.
    pub fn root(&'t self) -> Table<'t> {
        Table { keys: self.0.get_ref(), place: self.0.span(), key: String::new() }
    }
}

/// One table of a document, where it stands, and the path of its key.
#[derive(Clone)]
pub struct Table<'t> {
    pub(super) keys: &'t DeTable<'t>,
    pub(super) place: Range<usize>,
    pub(super) key: String,
}

impl<'t> Table<'t> {
    /// `None` where the value is no table.
    pub(super) fn of(value: &'t Spanned<DeValue<'t>>, key: String) -> Option<Self> {
        Some(Self { keys: value.get_ref().as_table()?, place: value.span(), key })
    }

    /// Where it stands in the text.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// Its key, as in `compartment[3]`; empty for the file as a whole.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The text under a key, if there is one. A look ahead: it neither faults nor counts as read.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'t str> {
        self.keys.get(key)?.get_ref().as_str()
    }

    /// The keys that are there. A look ahead: none counts as read.
    pub fn names(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.keys.keys().map(|key| -> &'t str { key.get_ref() })
    }
}
