//! Reading TOML files of settings with **every** fault at once, each with its line and key, so that a person mends a
//! file in one go. Cabinet profiles are read with it, and the locker's own configuration.
//!
//! ```
//! use locker_hw::settings::{Document, Faults, Section};
//!
//! let text = "[door]\nheight_mm = 0\nwith_mm = 400\n";
//! let mut faults = Faults::new(text, "door.toml");
//! let document = Document::read(text, 1024, &mut faults).unwrap();
//! let mut file = Section::new(document.root(), &mut faults);
//! let door = file.table("door");
//! file.no_more_keys();
//! let mut door = Section::new(door.unwrap(), &mut faults);
//! assert!(door.whole("height_mm", 1..=3000).is_none());
//! assert!(door.whole("width_mm", 1..=3000).is_none());
//! door.no_more_keys();
//! let told: Vec<String> = faults.into_sorted().iter().map(ToString::to_string).collect();
//! assert_eq!(told, [
//!     "door.toml:1: door.width_mm: is missing",
//!     "door.toml:2: door.height_mm: 0 is not within 1 to 3000",
//!     "door.toml:3: door.with_mm: is no key here; known are height_mm, width_mm",
//! ]);
//! ```

mod document;
mod fault;
mod section;

pub use document::{Document, Table};
pub use fault::{Fault, Faults, MOST_FAULTS};
pub use section::{At, LONGEST_NAME, Section};
