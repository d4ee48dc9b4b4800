//! A recipient collects.

use locker_core::{Contents, Intent, NotAccepted, Place, Task, View};
use locker_protocol::event::{Door, Entitled, Proof};
use locker_protocol::{CompartmentId, Event, RecipientId};

use locker_core::state::By;

use crate::people;
use crate::visits::{ready, ready_with};

#[test]
fn a_code_opens_the_door_and_the_parcel_is_out_when_it_closes() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::Opening { door: CompartmentId(door), index: 1, of: 1 });
    assert_eq!(bench.opens(), door);
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Take, left_open: false, .. }));
    assert_eq!(bench.place(3), Place::Inside(CompartmentId(door)), "not out before the door is seen closed");
    bench.closes(door);
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
    assert_eq!(
        bench.view,
        View::Done {
            reopen: Some(CompartmentId(door)),
            left_inside: false,
            kept: 0,
            order: None,
            receipt: true
        }
    );
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
}

#[test]
fn a_pass_opens_what_came_unannounced_under_its_label() {
    let mut bench = ready();
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(8));
    bench.give(people::touch(Intent::ChooseSize(locker_protocol::Size::S)));
    let door = bench.takes();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_pass(102, None));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NotHereYet }, "nobody knows whose it is");
    bench.give(people::show_pass(102, Some(8)));
    assert_eq!(bench.takes(), door);
    assert!(bench.has_recorded(|event| matches!(event, Event::Claimed { recipient: RecipientId(102), .. })));
    assert!(bench.state().parcels.values().all(|parcel| parcel.place == Place::Out(By::Recipient)));
}

#[test]
fn one_code_opens_both_doors_of_a_person_one_after_the_other() {
    // Parcels 1 (medium) and 7 (small) are for recipient 102, of the same carrier.
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    assert_eq!(bench.view, View::Opening { door: CompartmentId(small), index: 1, of: 2 });
    assert_eq!(bench.takes(), small);
    assert_eq!(bench.view, View::Opening { door: CompartmentId(medium), index: 2, of: 2 });
    assert_eq!(bench.takes(), medium);
    assert!(matches!(bench.view, View::Done { kept: 0, .. }));
}

#[test]
fn not_now_keeps_the_other_door_for_another_time() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    assert_eq!(bench.opens(), small);
    bench.give(people::touch(Intent::NotNow));
    bench.closes(small);
    assert_eq!(
        bench.view,
        View::Done {
            reopen: Some(CompartmentId(small)),
            left_inside: false,
            kept: 1,
            order: None,
            receipt: true
        }
    );
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(medium)));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn within_two_minutes_the_same_code_opens_the_door_again_and_nobody_else_is_offered_it() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.wait(100_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Holds(_)));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    // The window begins again, whole.
    bench.wait(119_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Holds(_)));
    bench.wait(2_000);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
}

#[test]
fn after_two_minutes_the_code_opens_nothing_and_costs_nothing() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.wait(121_000);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::AlreadyCollected });
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.state().code_misses, 0);
}

#[test]
fn the_screen_offers_to_reopen_only_while_the_window_runs() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(1);
    assert_eq!(bench.takes(), small);
    // The second door takes a while, and then the person puts nothing off.
    assert_eq!(bench.opens(), medium);
    bench.watch(medium, Door::Open, 50_000);
    bench.closes(medium);
    assert_eq!(
        bench.view,
        View::Done {
            reopen: Some(CompartmentId(medium)),
            left_inside: false,
            kept: 0,
            order: None,
            receipt: true
        }
    );
}

#[test]
fn a_window_whose_door_cannot_be_seen_closed_waits_for_a_reading_not_for_time() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.takes();
    bench.sense(door, Door::Unknown);
    bench.wait(600_000);
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Holds(_)));
    assert_eq!(bench.core.next_deadline_ms(), None, "nothing to wake up for");
    bench.sense(door, Door::Closed);
    assert_eq!(bench.state().contents(CompartmentId(door)), Contents::Empty);
}

#[test]
fn the_journal_names_who_was_entitled_and_why() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    let entitled = Entitled::Recipient { recipient: RecipientId(101), by: Proof::Code };
    assert!(
        bench.has_recorded(|event| matches!(event, Event::Began { entitled: by, .. } if *by == entitled))
    );
}

#[test]
fn a_parcel_that_has_not_come_yet_opens_nothing() {
    let mut bench = ready();
    bench.announce(3);
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NotHereYet });
    assert_eq!(bench.state().code_misses, 0);
}
