//! Walks the table in `docs/changes.md`: every kind of change, for a parcel in every place.

use locker_core::state::{By, Case, MAX_STAFF, Opening, Outgoing};
use locker_core::{Contents, Parcel, Place, State, changes};
use locker_protocol::change::CaseAnswer;
use locker_protocol::event::{Door, Entitled, Problem, Purpose};
use locker_protocol::{
    CaseId, Change, CodeTag, CompartmentId, OpeningId, ParcelId, RecipientId, Refusal, StaffId, TenantId,
};

use crate::bench::{Bench, cabinet};
use crate::people;

const TABLE: &str = include_str!("../../../docs/changes.md");
const DOOR: CompartmentId = CompartmentId(1);
const PARCEL: ParcelId = ParcelId(3);
/// A case at that door.
const CASE: CaseId = CaseId(1);

/// Books with the parcel in this column's place.
fn books(column: &str, row: &str) -> Vec<State> {
    let mut books = books_with_parcel(column);
    for state in &mut books {
        let case = Case { id: CASE, compartment: DOOR, problem: Problem::Empty, answered: false };
        state.cases.push_back(case);
        if row.contains("somebody else's") {
            lay_another(state);
        }
    }
    if row.contains("return") || row.starts_with("AnnounceReturn") {
        for parcel in books.iter_mut().filter_map(|state| state.parcels.get_mut(&PARCEL)) {
            let announced = people::return_announcement(PARCEL.0);
            parcel.recipient = None;
            parcel.code = announced.code;
            parcel.outgoing = Some(Outgoing { size: announced.size });
        }
    }
    books
}

/// Another recipient's parcel may be behind the same door.
fn lay_another(state: &mut State) {
    let other = ParcelId(4);
    state.apply(&locker_protocol::Event::Applied {
        number: 2,
        change: Change::Announce { announcement: people::announcement(other.0) },
    });
    let holds = vec![other];
    state.apply(&locker_protocol::Event::Settled { compartment: DOOR, holds, by: Some(StaffId(13)) });
}

fn books_with_parcel(column: &str) -> Vec<State> {
    let place = match column {
        "unknown" => return vec![State::default()],
        "Expected" => Place::Expected,
        "Inside" => Place::Inside(DOOR),
        "Doubtful" => Place::Doubtful(DOOR),
        "Out" => Place::Out(By::Recipient),
        "Cancelled" => Place::Cancelled,
        "in an opening" => return vec![in_opening(true), in_opening(false)],
        other => panic!("no such column: {other}"),
    };
    vec![with_parcel(place)]
}

fn with_parcel(place: Place) -> State {
    let mut bench = Bench::new(cabinet());
    bench.change(Change::Announce { announcement: people::announcement(PARCEL.0) });
    let mut state = bench.state().clone();
    if let Some(parcel) = state.parcels.get_mut(&PARCEL) {
        *parcel = Parcel { place, ..parcel.clone() };
    }
    state
}

/// The parcel goes in, or comes out.
fn in_opening(goes_in: bool) -> State {
    let mut state = with_parcel(if goes_in { Place::Expected } else { Place::Inside(DOOR) });
    let (into, out_of) = if goes_in { (vec![PARCEL], vec![]) } else { (vec![], vec![PARCEL]) };
    let opening = Opening {
        compartment: DOOR,
        purpose: if goes_in { Purpose::Deposit } else { Purpose::Collect },
        entitled: Entitled::Courier { staff: StaffId(11), tenant: TenantId(1) },
        goes_in: into,
        comes_out: out_of,
        baseline: Door::Closed,
        attempts: 1,
        opened: true,
        said: None,
        declined: None,
    };
    state.openings.insert(OpeningId(1), opening);
    state
}

/// What a row asks.
fn asked(row: &str) -> Vec<Change> {
    let announcement = people::announcement(PARCEL.0);
    let (parcel, code) = (PARCEL, CodeTag([9; 32]));
    let recipient = announcement.recipient;
    match row {
        "Announce" => {
            // How long it may wait is no particular: it may have been extended.
            let longer = locker_protocol::change::Announcement { retention_s: 1, ..announcement.clone() };
            vec![Change::Announce { announcement }, Change::Announce { announcement: longer }]
        }
        "Announce, other particulars" => {
            let mut others = vec![announcement; 4];
            others[0].tenant = TenantId(9);
            others[1].label = people::label(9);
            others[2].recipient = RecipientId(999);
            others[3].code = code;
            others.into_iter().map(|announcement| Change::Announce { announcement }).collect()
        }
        "Announce, of a return's number" => vec![Change::Announce { announcement }],
        "AnnounceReturn" => {
            vec![Change::AnnounceReturn { announcement: people::return_announcement(PARCEL.0) }]
        }
        "AnnounceReturn, other particulars" => {
            let mut others = vec![people::return_announcement(PARCEL.0); 4];
            others[0].tenant = TenantId(9);
            others[1].label = people::label(9);
            others[2].code = Some(code);
            others[3].size = None;
            others.into_iter().map(|announcement| Change::AnnounceReturn { announcement }).collect()
        }
        "Cancel" => vec![Change::Cancel { parcel }],
        "Extend" => vec![Change::Extend { parcel, by_s: 60 }],
        "Recall" => vec![Change::Recall { parcel }],
        "NewCode" => vec![Change::NewCode { parcel, code }],
        "Match, a return" => vec![Change::Match { parcel, recipient, code, retention_s: 60 }],
        "Match" => vec![Change::Match { parcel, recipient, code, retention_s: 60 }],
        "Match, another's parcel" => {
            vec![Change::Match { parcel, recipient: RecipientId(999), code, retention_s: 60 }]
        }
        "Staff" => vec![Change::Staff { staff: people::staff(11) }],
        "RevokeStaff" => vec![Change::RevokeStaff { staff: StaffId(11) }],
        "RefillCodes" => vec![Change::RefillCodes],
        "Service" => vec![
            Change::Service { compartment: DOOR, in_service: false },
            Change::Service { compartment: DOOR, in_service: true },
        ],
        "Service, no such door" => {
            vec![Change::Service { compartment: CompartmentId(99), in_service: false }]
        }
        "AnswerCase, open again" | "AnswerCase, open again with somebody else's there" => {
            vec![Change::AnswerCase { case: CASE, answer: CaseAnswer::OpenAgain { parcel } }]
        }
        "AnswerCase, extend" => {
            vec![Change::AnswerCase { case: CASE, answer: CaseAnswer::Extend { parcel, by_s: 60 } }]
        }
        "AnswerCase, staff come" => {
            vec![Change::AnswerCase { case: CASE, answer: CaseAnswer::StaffComes }]
        }
        "AnswerCase, no such case" => {
            vec![Change::AnswerCase { case: CaseId(99), answer: CaseAnswer::StaffComes }]
        }
        other => panic!("no such change: {other}"),
    }
}

/// What becomes of it, in the table's word.
fn answer(state: &State, change: &Change) -> &'static str {
    if changes::must_wait(state, change) {
        return "waits";
    }
    match changes::answer(state, &cabinet(), change) {
        Ok(()) => "Applied",
        Err(Refusal::NotKnown) => "NotKnown",
        Err(Refusal::Inside) => "Inside",
        Err(Refusal::NotInside) => "NotInside",
        Err(Refusal::Over) => "Over",
        Err(Refusal::Conflict) => "Conflict",
        Err(Refusal::Full) => "Full",
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn every_cell_of_the_table_is_so() {
    let lines: Vec<_> = TABLE.lines().filter(|line| line.starts_with('|')).collect();
    let columns = cells(lines[0]);
    assert_eq!(columns.len(), 8);
    let mut walked = 0;
    for line in &lines[2..] {
        let row = cells(line);
        assert_eq!(row.len(), columns.len(), "{line}");
        for (column, word) in columns.iter().zip(&row).skip(1) {
            for state in books(column, row[0]) {
                for change in asked(row[0]) {
                    assert_eq!(answer(&state, &change), *word, "{change:?} when the parcel is {column}");
                }
            }
            walked += 1;
        }
    }
    assert_eq!(walked, 22 * 7);
}

#[test]
fn every_kind_of_change_has_a_row() {
    let rows: Vec<_> =
        TABLE.lines().filter(|line| line.starts_with('|')).map(|line| cells(line)[0]).collect();
    for row in &rows[2..] {
        for change in asked(row) {
            // A kind that is added to the protocol does not compile here until the table has it.
            let kind = match change {
                Change::Announce { .. } => "Announce",
                Change::AnnounceReturn { .. } => "AnnounceReturn",
                Change::Cancel { .. } => "Cancel",
                Change::Extend { .. } => "Extend",
                Change::Recall { .. } => "Recall",
                Change::NewCode { .. } => "NewCode",
                Change::Match { .. } => "Match",
                Change::Staff { .. } => "Staff",
                Change::RevokeStaff { .. } => "RevokeStaff",
                Change::RefillCodes => "RefillCodes",
                Change::Service { .. } => "Service",
                Change::AnswerCase { .. } => "AnswerCase",
            };
            assert!(row.starts_with(kind), "{row}");
            assert!(rows.iter().any(|row| row.split(',').next() == Some(kind)));
        }
    }
}

#[test]
fn full_books_refuse_new_people_and_not_those_they_know() {
    let mut state = State::default();
    for number in 0..u32::try_from(MAX_STAFF).expect("small") {
        let mut staff = people::staff(11);
        staff.staff = StaffId(1_000 + number);
        state.revoked.insert(staff.staff);
        state.staff.insert(staff.staff, staff);
    }
    assert_eq!(answer(&state, &Change::Staff { staff: people::staff(11) }), "Full");
    assert_eq!(answer(&state, &Change::RevokeStaff { staff: StaffId(11) }), "Full");
    let mut known = people::staff(11);
    known.staff = StaffId(1_000);
    assert_eq!(answer(&state, &Change::Staff { staff: known }), "Applied");
    assert_eq!(answer(&state, &Change::RevokeStaff { staff: StaffId(1_000) }), "Applied");
}

#[test]
fn an_applied_announcement_of_a_known_parcel_changes_nothing() {
    let mut state = with_parcel(Place::Inside(DOOR));
    if let Some(known) = state.parcels.get_mut(&PARCEL) {
        known.waited_s = 60;
    }
    let earlier = state.parcels.clone();
    let change = Change::Announce { announcement: people::announcement(PARCEL.0) };
    state.apply(&locker_protocol::Event::Applied { number: 2, change });
    assert_eq!(state.parcels, earlier);
    assert_eq!(state.contents(CompartmentId(2)), Contents::Empty);
}
