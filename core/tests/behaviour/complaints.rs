//! The recipient finds nothing, or somebody else's parcel.

use locker_core::{Contents, Intent, Place, Task, View};
use locker_protocol::event::{Door, Outcome, Problem};
use locker_protocol::{CompartmentId, Event, ParcelId};

use crate::people;
use crate::visits::ready_with;

#[test]
fn empty_is_asked_twice_reported_and_leaves_the_contents_unknown() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.goes_on_with(7);
    bench.opens();
    bench.give(people::touch(Intent::Empty));
    assert_eq!(bench.view, View::AskEmpty { door: CompartmentId(small) });
    bench.give(people::touch(Intent::Yes));
    assert!(bench.has_recorded(|event| matches!(event, Event::CaseRaised { problem: Problem::Empty, .. })));
    assert!(matches!(bench.view, View::DoorOpen { task: Task::CloseEmpty, .. }));
    bench.closes(small);
    assert_eq!(bench.last_outcome(), Some(Outcome::SaidEmpty));
    assert!(matches!(bench.view, View::Reported { .. }));
    let contents = bench.state().contents(CompartmentId(small));
    assert!(matches!(contents, Contents::Unknown { maybe, .. } if maybe == [ParcelId(7)]));
    assert_eq!(bench.place(7), Place::Doubtful(CompartmentId(small)), "the right to it is kept");
    bench.give(people::touch(Intent::Finish));
    assert_eq!(
        bench.view,
        View::Done { reopen: None, left_inside: false, kept: 1, order: None, receipt: false }
    );
    assert!(bench.unlocks.is_empty(), "no other door opens after a complaint");
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(medium)));
}

#[test]
fn a_second_look_finds_it_and_nothing_is_reported() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.give(people::touch(Intent::Empty));
    bench.give(people::touch(Intent::No));
    bench.closes(door);
    assert_eq!(bench.last_outcome(), Some(Outcome::Closed));
    assert_eq!(bench.state().last_case, 0);
}

#[test]
fn not_mine_is_put_back_and_never_recorded_as_collected() {
    let (mut bench, [door]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.opens();
    bench.give(people::touch(Intent::NotMine));
    assert!(matches!(bench.view, View::DoorOpen { task: Task::PutBack, .. }));
    bench.closes(door);
    assert_eq!(bench.last_outcome(), Some(Outcome::SaidNotMine));
    assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)));
    assert!(matches!(bench.state().contents(CompartmentId(door)), Contents::Unknown { .. }));
}

#[test]
fn a_complaint_about_a_door_that_is_not_open_is_not_taken() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    bench.give(people::touch(Intent::Empty));
    bench.give(people::touch(Intent::Yes));
    bench.give(people::touch(Intent::NotMine));
    assert_eq!(bench.state().last_case, 0);
}

#[test]
fn a_power_cut_before_the_door_is_closed_forgets_no_complaint() {
    for (complaint, outcome) in [
        (vec![Intent::NotMine], Outcome::SaidNotMine),
        (vec![Intent::Empty, Intent::Yes], Outcome::SaidEmpty),
    ] {
        let (mut bench, [door]) = ready_with([3]);
        bench.give(people::type_code(people::code(3)));
        bench.opens();
        for touch in complaint {
            bench.give(people::touch(touch));
        }
        bench.restart();
        bench.sense(door, Door::Open);
        bench.closes(door);
        assert_eq!(bench.last_outcome(), Some(outcome));
        bench.wait(10 * 60_000);
        let contents = bench.state().contents(CompartmentId(door));
        assert!(matches!(contents, Contents::Unknown { .. }), "it is offered to nobody: {contents:?}");
        assert_eq!(bench.place(3), Place::Doubtful(CompartmentId(door)), "the right to it is kept");
    }
}

#[test]
fn a_door_that_was_complained_of_does_not_stand_before_the_others_the_next_time() {
    for complaint in [Intent::Empty, Intent::NotMine] {
        let (mut bench, [medium, small]) = ready_with([1, 7]);
        bench.goes_on_with(7);
        assert_eq!(bench.opens(), small, "small ones come first");
        bench.give(people::touch(complaint));
        bench.give(people::touch(Intent::Yes));
        bench.closes(small);
        bench.give(people::touch(Intent::Finish));
        bench.give(people::touch(Intent::Finish));
        bench.goes_on_with(7);
        assert_eq!(bench.takes(), medium, "{complaint:?}");
        assert_eq!(bench.opens(), small, "{complaint:?}: it still opens, last");
    }
}
