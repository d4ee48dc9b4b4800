//! A person with several doors is told of them first; lower doors are for whoever asks; an order may come in parts.

use locker_core::{Intent, OrderProgress, Place, View};
use locker_protocol::change::{Announcement, Order};
use locker_protocol::event::Door;
use locker_protocol::{Change, CompartmentId, OrderId, ParcelId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

/// Of recipient 102: parcel 1 (medium), 7 (small), 10 (large), by two carriers.
const OF_102: [u64; 3] = [1, 7, 10];

fn list(view: &View) -> (u16, u16, u16, bool) {
    let View::List { parcels, doors, door, out_of_reach, .. } = view else { panic!("{view:?}") };
    (*parcels, *doors, door.0, *out_of_reach)
}

/// Takes out what is behind whichever door opens, until none does; says which did.
fn takes_all(bench: &mut Bench) -> Vec<u16> {
    let mut taken = Vec::new();
    while !bench.unlocks.is_empty() {
        taken.push(bench.takes());
    }
    taken
}

#[test]
fn a_single_door_opens_at_once() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::type_code(people::code(3)));
    assert!(matches!(bench.view, View::Opening { .. }));
    assert_eq!(bench.unlocks.len(), 1);
}

#[test]
fn of_several_doors_the_person_is_told_first_and_nothing_opens_before_a_word() {
    let (mut bench, [medium, small, large]) = ready_with(OF_102);
    bench.give(people::type_code(people::code(10)));
    assert_eq!(list(&bench.view), (3, 3, small, false));
    assert!(bench.unlocks.is_empty());
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(takes_all(&mut bench), [small, medium, large]);
    assert!(matches!(bench.view, View::Done { kept: 0, .. }));
}

#[test]
fn doors_within_reach_come_first_and_the_large_one_last() {
    // Door 1 (small) is high; 3 (medium) and 5 (large) are within reach.
    let mut bench = ready();
    bench.sense(2, Door::Unknown);
    bench.sense(4, Door::Unknown);
    for number in OF_102 {
        bench.change(Change::Announce {
            announcement: Announcement { reachable: number != 7, ..people::announcement(number) },
        });
    }
    let doors = OF_102.map(|number| bench.store(number));
    assert_eq!(doors, [3, 1, 5]);
    bench.effects.clear();
    bench.goes_on_with(7);
    assert_eq!(takes_all(&mut bench), [3, 1, 5]);
}

#[test]
fn not_now_at_the_list_keeps_everything() {
    let (mut bench, [medium, small]) = ready_with([1, 7]);
    bench.give(people::type_code(people::code(1)));
    bench.give(people::touch(Intent::NotNow));
    assert_eq!(
        bench.view,
        View::Done { reopen: None, left_inside: false, kept: 2, order: None, receipt: false }
    );
    assert!(bench.unlocks.is_empty());
    assert_eq!(bench.place(1), Place::Inside(CompartmentId(medium)));
    assert_eq!(bench.place(7), Place::Inside(CompartmentId(small)));
}

#[test]
fn the_list_waits_60_s_and_then_counts_down_20_s() {
    let (mut bench, [..]) = ready_with([1, 7]);
    bench.give(people::type_code(people::code(1)));
    bench.wait(59_999);
    assert!(matches!(bench.view, View::List { .. }));
    bench.wait(1);
    assert_eq!(bench.view, View::StillThere { seconds: 20 });
    bench.wait(19_000);
    assert_eq!(bench.view, View::StillThere { seconds: 1 });
    bench.wait(1_000);
    assert!(bench.is_home());
    bench.give(people::touch(Intent::GoOn));
    assert!(bench.unlocks.is_empty(), "whoever comes next opens nothing of it");
}

#[test]
fn one_touch_extends_the_count_down_as_often_as_ten_times_and_more() {
    let (mut bench, [_, small]) = ready_with([1, 7]);
    bench.give(people::type_code(people::code(1)));
    for _ in 0..12 {
        bench.wait(79_000);
        assert_eq!(bench.view, View::StillThere { seconds: 1 });
        bench.give(people::touch(Intent::MoreTime));
        assert!(matches!(bench.view, View::List { .. }));
    }
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(bench.takes(), small);
}

#[test]
fn with_lower_doors_chosen_the_high_door_comes_last_and_is_asked_about() {
    // Of recipient 101: parcel 3 (small) behind door 1, which is high, and parcel 6 (large) behind door 5, which is not.
    let mut bench = ready();
    bench.announce(3);
    bench.change(Change::Announce {
        announcement: Announcement { reachable: true, ..people::announcement(6) },
    });
    let (high, low) = (bench.store(3), bench.store(6));
    assert_eq!((high, low), (1, 5));
    bench.effects.clear();
    bench.give(people::touch(Intent::LowerDoors));
    assert!(bench.lower_doors, "the button shows that it is chosen");
    bench.give(people::type_code(people::code(3)));
    assert_eq!(list(&bench.view), (2, 2, low, false));
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(bench.takes(), low);
    assert_eq!(list(&bench.view), (1, 1, high, true));
    assert!(bench.unlocks.is_empty(), "not before a word");
    bench.give(people::touch(Intent::GoOn));
    assert_eq!(bench.takes(), high);
}

#[test]
fn with_lower_doors_chosen_a_single_high_door_is_asked_about_and_can_be_left() {
    let (mut bench, [high]) = ready_with([3]);
    bench.give(people::touch(Intent::LowerDoors));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(list(&bench.view), (1, 1, high, true));
    bench.give(people::touch(Intent::NotNow));
    assert_eq!(
        bench.view,
        View::Done { reopen: None, left_inside: false, kept: 1, order: None, receipt: false }
    );
}

#[test]
fn lower_doors_may_be_chosen_at_the_list_and_taken_back() {
    let mut bench = ready();
    bench.announce(3);
    bench.change(Change::Announce {
        announcement: Announcement { reachable: true, ..people::announcement(9) },
    });
    let (high, low) = (bench.store(3), bench.store(9));
    bench.effects.clear();
    assert_eq!((high, low), (1, 3));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(list(&bench.view).2, low);
    bench.give(people::touch(Intent::LowerDoors));
    assert_eq!(list(&bench.view), (2, 2, low, false));
    bench.give(people::touch(Intent::LowerDoors));
    assert!(!bench.lower_doors);
}

#[test]
fn lower_doors_is_forgotten_when_the_person_leaves() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::touch(Intent::LowerDoors));
    bench.give(people::type_code(people::code(3)));
    bench.give(people::touch(Intent::GoOn));
    bench.takes();
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home() && !bench.lower_doors);
}

#[test]
fn lower_doors_chosen_by_somebody_who_went_away_is_not_the_next_persons_choice() {
    let (mut bench, [_]) = ready_with([3]);
    bench.give(people::touch(Intent::LowerDoors));
    bench.wait(31_000);
    assert!(!bench.lower_doors);
}

#[test]
fn lower_doors_of_one_person_is_not_the_next_ones_who_shows_a_code_at_once() {
    // Parcel 3 is for recipient 101, parcel 1 for 102; both behind doors out of reach.
    let (mut bench, [_, other]) = ready_with([3, 1]);
    bench.give(people::touch(Intent::LowerDoors));
    bench.give(people::type_code(people::code(3)));
    bench.give(people::touch(Intent::GoOn));
    bench.takes();
    bench.give(people::type_code(people::code(1)));
    assert!(!bench.lower_doors);
    assert_eq!(bench.takes(), other);
}

#[test]
fn a_courier_who_asked_for_lower_doors_is_given_one_where_there_is_one() {
    let mut bench = ready();
    for number in [3, 7, 11] {
        bench.announce(number);
    }
    bench.give(people::show_badge(11));
    bench.give(people::touch(Intent::LowerDoors));
    assert_eq!(bench.deposit(3), 2, "the small one within reach");
    assert_eq!(bench.deposit(7), 3, "the next that fits and is within reach");
    bench.sense(5, Door::Unknown);
    assert_eq!(bench.deposit(11), 1, "none is left within reach: a high one is better than none");
}

/// Parcels 1, 7 and 10 are for 102; these two are parts of an order of three, by one carrier.
fn part_of_order(bench: &mut Bench, number: u64) {
    let order = Some(Order { id: OrderId(900), parcels: 3 });
    bench.change(Change::Announce { announcement: Announcement { order, ..people::announcement(number) } });
}

#[test]
fn an_incomplete_order_is_told_at_the_list_and_at_the_end() {
    let mut bench = ready();
    for number in [1, 7, 13] {
        part_of_order(&mut bench, number);
    }
    for number in [1, 7] {
        bench.store(number);
    }
    bench.effects.clear();
    bench.give(people::type_code(people::code(1)));
    let two_of_three = Some(OrderProgress { here: 2, of: 3 });
    assert!(matches!(bench.view, View::List { order, .. } if order == two_of_three));
    bench.give(people::touch(Intent::GoOn));
    takes_all(&mut bench);
    assert!(matches!(bench.view, View::Done { order, .. } if order == two_of_three));
}

#[test]
fn an_order_that_is_all_here_or_was_taken_out_before_is_not_told() {
    let mut bench = ready();
    for number in [1, 7, 13] {
        part_of_order(&mut bench, number);
    }
    bench.store(1);
    bench.effects.clear();
    bench.give(people::type_code(people::code(1)));
    bench.takes();
    assert!(matches!(bench.view, View::Done { order: Some(OrderProgress { here: 1, of: 3 }), .. }));
    bench.give(people::touch(Intent::Finish));
    bench.wait(130_000);
    for number in [7, 13] {
        bench.store(number);
    }
    bench.effects.clear();
    bench.give(people::type_code(people::code(7)));
    assert!(matches!(bench.view, View::List { order: None, .. }), "{:?}", bench.view);
}

#[test]
fn a_part_of_an_order_that_was_cancelled_is_not_waited_for() {
    let mut bench = ready();
    for number in [1, 7, 13] {
        part_of_order(&mut bench, number);
    }
    bench.change(Change::Cancel { parcel: ParcelId(13) });
    bench.store(1);
    bench.effects.clear();
    bench.give(people::type_code(people::code(1)));
    bench.takes();
    assert!(matches!(bench.view, View::Done { order: Some(OrderProgress { here: 1, of: 2 }), .. }));
}
