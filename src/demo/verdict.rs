//! Books against truth: what the hub believes, what the journal proves, and what is in the cabinet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::error::DemoError;
use super::evidence;
use super::hub_client::{number, text};
use super::people::Place;
use super::processes::run_to_end;
use super::stage::Stage;

/// What is left to be carried to the hub at the end is carried within this time.
const CARRIED_WITHIN: Duration = Duration::from_secs(30);
/// Longer than the reopen window, after which contents are settled.
const UNTIL_SETTLED: Duration = Duration::from_secs(125);

/// How the tour ended.
pub struct Verdict {
    parcels: usize,
    crashes: u32,
    journal: String,
    wrong: Vec<String>,
    lost: usize,
}

impl Verdict {
    /// Whether all is as it must be.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What is not as it must be.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    fn story(&self) -> String {
        let parcels = if self.parcels == 1 { "parcel" } else { "parcels" };
        let crashes = if self.crashes == 1 { "crash" } else { "crashes" };
        format!("{} {parcels}, {} {crashes}", self.parcels, self.crashes)
    }

    /// What to tell people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![String::new(), self.journal.clone()];
        if self.is_good() {
            lines.push(format!("{}, 0 lost. Journal verified.", self.story()));
            return lines;
        }
        lines.push(format!(
            "{}, {} lost. {} wrong:",
            self.story(),
            self.lost,
            if self.wrong.len() == 1 {
                "1 thing is".to_owned()
            } else {
                format!("{} things are", self.wrong.len())
            }
        ));
        lines.extend(self.wrong.iter().map(|wrong| format!("  - {wrong}")));
        lines
    }
}

/// The hub's books of one compartment.
pub struct Book {
    /// `empty`, `holds` or `unknown`.
    pub contents: String,
    /// The hub's numbers of what is, or may be, inside.
    pub parcels: Vec<String>,
}

/// Compares.
///
/// # Errors
/// The hub cannot be asked, or never hears all.
pub fn judge(stage: &mut Stage<'_>) -> Result<Verdict, DemoError> {
    stage.timeline.chapter("Books and cabinet are compared");
    stage.go_home()?;
    stage.wait_openings_over()?;
    stage.clock.skip(UNTIL_SETTLED)?;
    stage.says("demo", "two minutes pass: no door can be opened again, contents are settled");
    let locker = stage.locker()?;
    stage.wait_for(
        "what was taken out to be settled, and all of it to be at the hub",
        CARRIED_WITHIN,
        |stage| Ok((is_carried(stage, locker)? && is_settled(stage, locker)?).then_some(())),
    )?;
    let books = books(stage, locker)?;
    let parcels = stage.api.list(&stage.operator, &format!("/v1/parcels?locker={locker}"))?;
    let (mut wrong, lost) = compare(stage, &books, &parcels)?;
    let together = stage.world.most_energised_together();
    if together > 1 {
        wrong.push(format!("{together} locks of one supply were energised together"));
    }
    let mut verdict = Verdict {
        parcels: stage.people.items().count(),
        crashes: stage.crashes,
        journal: String::new(),
        wrong,
        lost,
    };
    verify_journal(stage, &mut verdict)?;
    Ok(verdict)
}

/// Whether the hub holds the whole journal.
fn is_carried(stage: &Stage<'_>, locker: u32) -> Result<bool, DemoError> {
    let (journal, head) = evidence::head(&stage.folder.kiosk_state())?;
    let view = stage.api.get(&stage.operator, &format!("/v1/lockers/{locker}"))?;
    Ok(view["journal"] == Value::String(journal) && number(&view, "held")? == head)
}

/// Whether no compartment still lists a parcel that was taken out, or to another door, a moment ago.
fn is_settled(stage: &Stage<'_>, locker: u32) -> Result<bool, DemoError> {
    let parcels = stage.api.list(&stage.operator, &format!("/v1/parcels?locker={locker}"))?;
    let at: BTreeMap<String, u64> = parcels
        .iter()
        .filter(|parcel| parcel["state"] == "inside" || parcel["state"] == "doubtful")
        .filter_map(|parcel| Some((text(parcel, "parcel").ok()?, parcel["compartment"].as_u64()?)))
        .collect();
    let books = books(stage, locker)?;
    Ok(books
        .iter()
        .filter(|(_, book)| book.contents == "holds")
        .all(|(door, book)| book.parcels.iter().all(|parcel| at.get(parcel) == Some(&u64::from(*door)))))
}

/// The hub's books of every compartment that it has heard of.
///
/// # Errors
/// The hub cannot be asked.
pub fn books(stage: &Stage<'_>, locker: u32) -> Result<BTreeMap<u16, Book>, DemoError> {
    let view = stage.api.get(&stage.operator, &format!("/v1/lockers/{locker}/compartments"))?;
    let mut books = BTreeMap::new();
    for item in view["items"].as_array().into_iter().flatten() {
        let door = u16::try_from(number(item, "compartment")?)
            .map_err(|_| DemoError::Odd("the hub names a door that cannot be".to_owned()))?;
        let parcels = item["parcels"].as_array().into_iter().flatten();
        let parcels = parcels.filter_map(|parcel| parcel.as_str().map(str::to_owned)).collect();
        books.insert(door, Book { contents: text(item, "contents")?, parcels });
    }
    Ok(books)
}

/// What is wrong, and how many parcels are lost: inside a compartment whose books neither hold them nor list them as
/// perhaps inside, or held by books and not inside.
fn compare(
    stage: &Stage<'_>,
    books: &BTreeMap<u16, Book>,
    parcels: &[Value],
) -> Result<(Vec<String>, usize), DemoError> {
    let mut wrong = Vec::new();
    let mut lost = BTreeSet::new();
    let mut labels = BTreeMap::new();
    for parcel in parcels {
        labels.insert(text(parcel, "parcel")?, text(parcel, "label")?);
    }
    let label_of =
        |parcel: &String| labels.get(parcel).cloned().unwrap_or_else(|| format!("parcel {parcel}"));
    for door in stage.world.doors() {
        let inside = stage.world.inside(door);
        // What no event has named yet is empty.
        let book = books.get(&door);
        let listed: Vec<String> =
            book.map(|book| book.parcels.iter().map(label_of).collect()).unwrap_or_default();
        let contents = book.map_or("empty", |book| book.contents.as_str());
        for label in inside.iter().filter(|label| !listed.contains(label)) {
            wrong.push(format!("{label} is behind door {door}, and the hub's books do not list it there"));
            lost.insert(label.clone());
        }
        if contents == "holds" {
            for label in listed.iter().filter(|label| !inside.contains(label)) {
                wrong.push(format!("{label} is not behind door {door}, and the hub's books hold it there"));
                lost.insert(label.clone());
            }
        }
        if contents == "empty" && !inside.is_empty() {
            wrong.push(format!("door {door} is empty by the hub's books, and inside is {inside:?}"));
        }
        if stage.world.is_open(door) {
            wrong.push(format!("door {door} stands open"));
        }
    }
    for parcel in parcels.iter().filter(|parcel| parcel["state"] == "out") {
        let label = text(parcel, "label")?;
        if let Some(door) = stage.world.doors().find(|door| stage.world.inside(*door).contains(&label)) {
            wrong.push(format!("{label} was taken out by the hub's books, and is behind door {door}"));
        }
    }
    // What people remember is asked too: hands that put something in know where.
    for item in stage.people.items() {
        if let Place::Door(door) = item.place
            && !stage.world.inside(door).contains(&item.label)
        {
            wrong.push(format!("{} was left behind door {door}, and is not there any more", item.label));
            lost.insert(item.label.clone());
        }
    }
    Ok((wrong, lost.len()))
}

fn verify_journal(stage: &Stage<'_>, verdict: &mut Verdict) -> Result<(), DemoError> {
    let args = ["journal".into(), "verify".into(), "--state".into(), stage.folder.kiosk_state().into()];
    let (status, said) = run_to_end(&args)?;
    verdict.journal = said.trim().to_owned();
    if !status.success() {
        verdict.wrong.push("the journal does not verify".to_owned());
    }
    Ok(())
}
