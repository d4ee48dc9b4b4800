//! Plain enumerations as the words under which they are stored and shown.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The word of a variant without data; the same as in JSON.
pub(crate) fn word<T: Serialize>(variant: &T) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        // Only variants without data are given here, and those are strings in JSON.
        other => unreachable!("a variant without data is a string in JSON, not {other:?}"),
    }
}

/// The variant of a word, if there is one.
pub(crate) fn variant<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
