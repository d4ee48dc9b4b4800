//! The hub answers a case that was raised at a door.

use locker_core::state::{By, MAX_CASES, Why};
use locker_core::{Contents, Intent, Place, View};
use locker_protocol::change::CaseAnswer;
use locker_protocol::{CaseId, Change, CompartmentId, Event, ParcelId, Refusal};

use crate::bench::Bench;
use crate::people;
use crate::visits::ready_with;

/// The recipient of parcel 3 found nothing, came back, and took it; says behind which door, and the case.
fn complained_and_collected() -> (Bench, u16, CaseId) {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.give(people::touch(Intent::Empty));
    bench.give(people::touch(Intent::Yes));
    bench.closes(door);
    let View::Reported { case, .. } = bench.view else { panic!("{:?}", bench.view) };
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    // The lock rests.
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    bench.wait(130_000);
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
    (bench, door, case)
}

fn open_again(case: CaseId) -> Change {
    Change::AnswerCase { case, answer: CaseAnswer::OpenAgain { parcel: ParcelId(3) } }
}

#[test]
fn whoever_is_let_look_again_opens_the_door_once_more_by_the_own_code() {
    let (mut bench, door, case) = complained_and_collected();
    bench.give(people::type_code(people::code(3)));
    assert!(bench.unlocks.is_empty(), "the window is over");
    bench.change(open_again(case));
    assert!(bench.unlocks.is_empty(), "nothing opens from afar");
    let contents = bench.state().contents(CompartmentId(door));
    assert_eq!(contents, Contents::Unknown { why: Why::Case, maybe: vec![ParcelId(3)] });
    assert!(bench.state().case(case).is_some_and(|case| case.answered));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    bench.wait(130_000);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
    bench.give(people::type_code(people::code(3)));
    assert!(bench.unlocks.is_empty(), "once");
}

#[test]
fn within_the_reopen_window_the_door_stays_the_recipients() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.give(people::touch(Intent::NotMine));
    bench.closes(door);
    let View::Reported { case, .. } = bench.view else { panic!("{:?}", bench.view) };
    bench.give(people::touch(Intent::Finish));
    bench.give(people::touch(Intent::Finish));
    bench.wait(1_000);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.change(open_again(case));
    // The window's end settles nothing any more.
    bench.wait(130_000);
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
}

#[test]
fn nobody_is_let_look_behind_a_door_that_holds_somebody_elses_parcel() {
    let (mut bench, door, case) = complained_and_collected();
    bench.announce(7);
    assert_eq!(bench.store(7), door);
    bench.change(open_again(case));
    assert!(
        bench.has_recorded(|event| matches!(event, Event::Refused { why: Refusal::Conflict, .. })),
        "{:?}",
        bench.journal.last()
    );
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn an_answer_waits_for_whoever_has_the_door_open() {
    let (mut bench, door, case) = complained_and_collected();
    bench.announce(7);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(7));
    assert_eq!(bench.opens(), door);
    let cursor = bench.state().cursor;
    bench.give(people::change(cursor + 1, open_again(case)));
    assert_eq!(bench.state().cursor, cursor);
    bench.closes(door);
    assert_eq!(bench.state().cursor, cursor + 1);
    assert_eq!(bench.place(7), Place::Inside(CompartmentId(door)));
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn an_answer_may_give_a_parcel_more_time() {
    let (mut bench, _, case) = complained_and_collected();
    bench.announce(9);
    let answer = CaseAnswer::Extend { parcel: ParcelId(9), by_s: 60 };
    bench.change(Change::AnswerCase { case, answer });
    assert_eq!(bench.state().parcels[&ParcelId(9)].retention_s, people::RETENTION_S + 60);
}

#[test]
fn the_last_cases_are_remembered_and_older_ones_are_not() {
    let (mut bench, _, case) = complained_and_collected();
    for more in 0..MAX_CASES {
        let door = u16::try_from(more % 6 + 1).expect("small");
        bench.sense(door, locker_protocol::event::Door::Open);
        bench.sense(door, locker_protocol::event::Door::Closed);
        if more % 6 == 5 {
            // Only what was known can come into doubt.
            let found: Vec<_> = (1..=6)
                .map(|door| Event::Settled {
                    compartment: CompartmentId(door),
                    holds: Vec::new(),
                    by: Some(locker_protocol::StaffId(13)),
                })
                .collect();
            bench.restart_with(&found).expect("the books are replayable");
            bench.sense_all_closed();
        }
    }
    assert_eq!(bench.state().cases.len(), MAX_CASES);
    assert!(bench.state().case(case).is_none());
    bench.change(Change::AnswerCase { case, answer: CaseAnswer::StaffComes });
    assert!(bench.has_recorded(|event| matches!(event, Event::Refused { why: Refusal::NotKnown, .. })));
}
