//! Labels of requests, in the one way in which the lockers read them.

use locker_protocol::{Label, label};

use crate::problem::Problem;

/// A label that somebody asked about.
#[derive(Debug, Clone)]
pub(crate) struct AskedLabel {
    /// As lockers read it from whatever symbol it comes in, and as it is kept.
    pub(crate) label: Label,
    /// As it was typed: parcels that were announced before labels were written in one way are kept so.
    typed: String,
}

impl AskedLabel {
    /// The label of a request.
    pub(crate) fn of(text: &str) -> Result<Self, Problem> {
        let label = label::recognize(text).map_err(|error| Problem::invalid(error.to_string()))?.label;
        Ok(Self { label, typed: text.trim().to_owned() })
    }

    /// Under what it may be kept: two texts, often the same.
    pub(crate) fn kept_as(&self) -> [&str; 2] {
        [self.label.as_str(), &self.typed]
    }
}
