//! The hub's books, beside what is physically inside: looked at again and again, and never more than once a second.

use std::time::{Duration, Instant};

use locker_street::Books;
use serde_json::Value;

use super::super::error::DemoError;
use super::super::evidence;
use super::super::hub_client::{number, text};
use super::super::stage::Stage;
use super::super::verdict;

/// While the hub is behind, or says something else than the cabinet.
const LOOKS_SOON: Duration = Duration::from_secs(1);
/// While nothing happens.
const LOOKS_LATE: Duration = Duration::from_secs(5);
/// A difference is one only when it stays: a door that was shut a moment ago is still being watched.
const DIFFERS_FOR: Duration = Duration::from_secs(4);

/// What the last look showed.
pub struct Ledger {
    books: Books,
    looked: Instant,
    due: Duration,
    differs_since: Option<Instant>,
}

/// What one look shows.
enum Look {
    Behind(u64),
    Compared { same: usize, of: usize, open: Vec<u16> },
}

impl Ledger {
    /// Not looked at yet.
    pub fn new() -> Self {
        let books = Books::Behind("The hub’s books are opened.".to_owned());
        Self { books, looked: Instant::now(), due: Duration::ZERO, differs_since: None }
    }

    /// What to tell people.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Something happened: the next look comes soon.
    pub fn stir(&mut self) {
        self.due = self.due.min(LOOKS_SOON);
    }

    /// How long until the next look.
    pub fn rest(&self) -> Duration {
        self.due.saturating_sub(self.looked.elapsed())
    }

    /// Looks, if it is time.
    pub fn look(&mut self, stage: &Stage<'_>) {
        if !self.rest().is_zero() {
            return;
        }
        self.looked = Instant::now();
        let look = match look(stage) {
            Ok(look) => look,
            Err(error) => {
                log::debug!("the hub's books cannot be compared now: {error}");
                self.due = LOOKS_SOON;
                return;
            }
        };
        let is_settled = matches!(&look, Look::Compared { same, of, .. } if same == of);
        self.due = if is_settled { LOOKS_LATE } else { LOOKS_SOON };
        let differs = matches!(&look, Look::Compared { same, of, open } if same < of && open.is_empty());
        self.differs_since = differs.then(|| self.differs_since.unwrap_or(self.looked));
        let stays = self.differs_since.is_some_and(|since| since.elapsed() >= DIFFERS_FOR);
        self.books = match look {
            Look::Behind(1) => Books::Behind("Hub 1 event behind, nothing lost".to_owned()),
            Look::Behind(events) => Books::Behind(format!("Hub {events} events behind, nothing lost")),
            Look::Compared { same, of, open } => {
                let words = format!("Hub’s books = what is inside: {same}/{of}");
                match open.as_slice() {
                    [] if same == of => Books::Same(words),
                    [] if stays => Books::Wrong(words),
                    [] => Books::Behind(words),
                    [door] => Books::Behind(format!("{words}, door {door} is open")),
                    more => Books::Behind(format!("{words}, {} doors are open", more.len())),
                }
            }
        };
    }
}

fn look(stage: &Stage<'_>) -> Result<Look, DemoError> {
    let locker = stage.locker()?;
    let (journal, head) = evidence::head(&stage.folder.kiosk_state())?;
    let view = stage.api.get(&stage.operator, &format!("/v1/lockers/{locker}"))?;
    let held = if view["journal"] == Value::String(journal) { number(&view, "held")? } else { 0 };
    if held < head {
        return Ok(Look::Behind(head - held));
    }
    let books = verdict::books(stage, locker)?;
    let parcels = stage.api.list(&stage.operator, &format!("/v1/parcels?locker={locker}"))?;
    let of_label = |label: &String| {
        parcels.iter().find(|parcel| text(parcel, "label").is_ok_and(|known| known == *label))
    };
    let is_at = |door: u16, parcel: &Value| {
        parcel["compartment"] == door && (parcel["state"] == "inside" || parcel["state"] == "doubtful")
    };
    let mut same = 0;
    let doors: Vec<u16> = stage.world.doors().collect();
    for door in &doors {
        let inside = stage.world.inside(*door);
        let book = books.get(door);
        let contents = book.map_or("empty", |book| book.contents.as_str());
        // Until nobody may open the door again, a compartment lists what was taken out of it; the parcel itself is out.
        let held = parcels.iter().filter(|parcel| contents == "holds" && is_at(*door, parcel)).count();
        let all_listed = inside.iter().all(|label| {
            of_label(label).is_some_and(|parcel| {
                let id = text(parcel, "parcel").unwrap_or_default();
                book.is_some_and(|book| book.parcels.contains(&id))
            })
        });
        let agrees = all_listed && (contents != "holds" || held == inside.len());
        same += usize::from(agrees && !stage.world.is_open(*door));
    }
    Ok(Look::Compared { same, of: doors.len(), open: stage.world.open_doors() })
}
