//! A person sends a parcel: a return that the hub announced.

use locker_core::state::By;
use locker_core::{Contents, CourierNote, Intent, NotAccepted, Place, Presented, Sound, Task, View};
use locker_protocol::change::ReturnAnnouncement;
use locker_protocol::event::{Answer, Door, Entitled, Outcome, Proof, Purpose};
use locker_protocol::{Change, CompartmentId, Event, ParcelId, Size, TenantId};

use crate::bench::Bench;
use crate::people;
use crate::visits::{ready, ready_with};

/// A locker at which this return may be sent.
fn ready_for(number: u64) -> Bench {
    let mut bench = ready();
    bench.announce_return(number);
    bench.effects.clear();
    bench
}

/// Return 11 (tenant 1, by label alone, size to be chosen) was sent; says behind which door.
fn sent() -> (Bench, u16) {
    let mut bench = ready_for(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let door = bench.takes();
    assert_eq!(bench.place(11), Place::Inside(CompartmentId(door)));
    (bench, door)
}

/// The board acknowledges every pulse and the door stays closed, well watched, until its opening is over.
fn jams(bench: &mut Bench) -> u16 {
    let door = bench.unlocks[0].compartment;
    while bench.state().opening_of(door).is_some() {
        if bench.unlocks.front().is_some_and(|unlock| unlock.compartment == door) {
            bench.answer(Answer::Sent);
        }
        bench.watch(door.0, Door::Closed, 100);
    }
    door.0
}

#[test]
fn sending_is_offered_where_the_hub_announces_returns() {
    let mut bench = ready();
    assert_eq!(bench.view, View::Home { left_open: None, sending: false, takes_in: true });
    bench.give(people::touch(Intent::Send));
    assert!(bench.is_home());
    bench.announce_return(11);
    assert_eq!(bench.view, View::Home { left_open: None, sending: true, takes_in: true });
    bench.give(people::touch(Intent::Send));
    assert_eq!(bench.view, View::SendScan { refused: None });
}

#[test]
fn a_return_is_sent_by_its_label_once_its_size_is_chosen() {
    let mut bench = ready_for(11);
    bench.give(people::touch(Intent::Send));
    bench.give(people::scan_label(11));
    assert_eq!(bench.view, View::SendSize { free: [6, 4, 2], label_tail: "0011".to_owned() });
    assert!(bench.unlocks.is_empty());
    bench.give(people::touch(Intent::ChooseSize(Size::M)));
    let entitled = Entitled::Sender { parcel: ParcelId(11), by: Proof::Label };
    assert!(bench.has_recorded(
        |event| matches!(event, Event::Began { purpose: Purpose::Send, entitled: by, .. } if *by == entitled)
    ));
    let door = bench.opens();
    assert_eq!(door, 4, "the smallest that fits, and not one that is kept for those who cannot reach");
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Send, .. }));
    bench.watch(door, Door::Open, 3_000);
    bench.sounds();
    bench.closes(door);
    assert_eq!(bench.place(11), Place::Inside(CompartmentId(door)));
    assert!(
        matches!(bench.view, View::Sent { door: said, parcel: ParcelId(11), .. } if said.0 == door),
        "{:?}",
        bench.view
    );
    assert!(bench.sounds().contains(&Sound::Stored));
    bench.give(people::touch(Intent::Finish));
    assert!(bench.is_home());
}

#[test]
fn a_return_is_sent_by_its_code_from_the_first_screen_and_an_announced_size_is_not_asked_for() {
    let mut bench = ready_for(12);
    bench.give(people::type_code(people::code(12)));
    assert_eq!(bench.takes(), 4);
    assert!(matches!(bench.view, View::Sent { .. }));
    assert_eq!(bench.state().code_misses, 0);
}

#[test]
fn what_was_sent_is_no_longer_the_senders_to_open() {
    let (mut bench, _) = sent();
    bench.give(people::scan_label(11));
    assert_eq!(bench.view, View::SendScan { refused: Some(NotAccepted::AlreadySent) });
    bench.give(people::touch(Intent::Back));
    bench.give(people::touch(Intent::Reopen));
    bench.give(people::scan_label(11));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn what_was_sent_is_never_a_recipients_not_even_by_a_pass_that_names_its_label() {
    let (mut bench, _) = sent();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_pass(102, Some(11)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NotHereYet });
    assert!(!bench.has_recorded(|event| matches!(event, Event::Claimed { .. })));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_courier_of_its_carrier_takes_out_what_was_sent_and_another_does_not() {
    let (mut bench, door) = sent();
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(12));
    assert!(matches!(bench.view, View::Courier { take_out: 0, .. }));
    bench.give(people::touch(Intent::TakeOut));
    assert!(bench.unlocks.is_empty());
    bench.give(people::touch(Intent::Finish));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { take_out: 1, .. }));
    bench.give(people::touch(Intent::TakeOut));
    assert_eq!(bench.takes(), door);
    assert_eq!(bench.place(11), Place::Out(By::Carrier));
}

#[test]
fn what_was_sent_waits_for_its_carrier_without_an_end() {
    let (mut bench, _) = sent();
    bench.wait(40 * 24 * 3_600_000);
    assert!(!bench.has_recorded(|event| matches!(event, Event::Expired { .. })));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { take_out: 1, .. }));
}

#[test]
fn a_door_that_never_opens_is_followed_by_two_others_and_then_nothing_counts_as_sent() {
    let mut bench = ready_for(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let doors: Vec<u16> = (0..3).map(|_| jams(&mut bench)).collect();
    assert_eq!(bench.view, View::NothingSent { door: CompartmentId(doors[2]) });
    assert_eq!(bench.place(11), Place::Expected);
    bench.effects.clear();
    bench.give(people::touch(Intent::TryAgain));
    bench.takes();
    assert!(matches!(bench.view, View::Sent { .. }));
}

#[test]
fn a_door_that_was_not_watched_leaves_what_is_sent_in_doubt_and_it_may_be_sent_again() {
    let mut bench = ready_for(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let door = bench.answer(Answer::Sent).compartment;
    bench.wait(20_000);
    bench.unlocks.clear();
    assert_eq!(bench.last_outcome(), Some(Outcome::NotSeen));
    assert_eq!(bench.view, View::NothingSent { door });
    assert_eq!(bench.place(11), Place::Doubtful(door));
    bench.effects.clear();
    bench.give(people::touch(Intent::TryAgain));
    let other = bench.takes();
    assert_ne!(other, door.0);
    assert_eq!(bench.place(11), Place::Inside(CompartmentId(other)));
    assert!(matches!(bench.state().contents(door), Contents::Unknown { .. }), "staff must look");
}

#[test]
fn a_power_cut_while_the_door_is_open_gives_no_receipt_and_the_closed_door_counts() {
    let mut bench = ready_for(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let door = bench.opens();
    bench.restart();
    bench.sense(door, Door::Open);
    bench.closes(door);
    assert!(bench.is_home());
    assert_eq!(bench.place(11), Place::Inside(CompartmentId(door)));
}

#[test]
fn whoever_comes_back_to_the_open_door_goes_on_there() {
    let mut bench = ready_for(11);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let door = bench.opens();
    bench.watch(door, Door::Open, 61_000);
    assert_eq!(
        bench.view,
        View::Home { left_open: Some(CompartmentId(door)), sending: true, takes_in: true }
    );
    bench.give(people::scan_label(11));
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Send, .. }));
    bench.closes(door);
    assert!(matches!(bench.view, View::Sent { .. }));
}

#[test]
fn what_is_scanned_beside_the_open_door_changes_nothing_of_it() {
    let mut bench = ready_for(11);
    bench.announce_return(13);
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    let door = bench.opens();
    bench.give(people::scan_label(13));
    bench.give(locker_core::Input::Presented(Presented::Mistyped));
    bench.give(people::show_deposit_pass(people::announcement(3)));
    assert!(matches!(bench.view, View::DoorOpen { task: Task::Send, .. }));
    bench.closes(door);
    assert!(matches!(bench.view, View::Sent { parcel: ParcelId(11), .. }));
}

#[test]
fn the_next_label_at_the_receipt_begins_the_next_return() {
    let (mut bench, door) = sent();
    bench.announce_return(13);
    bench.give(people::scan_label(13));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    assert_ne!(bench.takes(), door);
    assert!(matches!(bench.view, View::Sent { parcel: ParcelId(13), .. }));
}

#[test]
fn a_label_that_no_return_has_is_refused_and_costs_no_guess() {
    let mut bench = ready_for(11);
    bench.announce(3);
    bench.give(people::touch(Intent::Send));
    for stranger in [3, 50] {
        bench.give(people::scan_label(stranger));
        assert_eq!(bench.view, View::SendScan { refused: Some(NotAccepted::NoReturn) });
    }
    assert_eq!(bench.state().code_misses, 0);
}

#[test]
fn a_wrong_code_at_the_senders_screen_draws_on_the_same_guesses() {
    let mut bench = ready_for(12);
    bench.give(people::touch(Intent::Send));
    for misses in 1..=20 {
        bench.give(people::type_code(people::code(99)));
        assert_eq!(bench.state().code_misses, misses);
    }
    bench.give(people::type_code(people::code(12)));
    assert!(matches!(bench.view, View::CodesPaused { .. }), "not even looked up");
    bench.give(people::scan_label(12));
    assert_eq!(bench.unlocks.len(), 1, "a label is no guess");
}

#[test]
fn two_carriers_returns_of_one_label_are_told_apart_by_their_codes() {
    let mut bench = ready_for(12);
    let other = ReturnAnnouncement {
        parcel: ParcelId(14),
        tenant: TenantId(1),
        code: Some(people::code(14)),
        ..people::return_announcement(12)
    };
    bench.change(Change::AnnounceReturn { announcement: other });
    bench.give(people::touch(Intent::Send));
    bench.give(people::scan_label(12));
    assert_eq!(bench.view, View::SendScan { refused: Some(NotAccepted::NoReturn) });
    bench.give(people::type_code(people::code(14)));
    let door = bench.takes();
    assert_eq!(bench.place(14), Place::Inside(CompartmentId(door)));
    assert_eq!(bench.place(12), Place::Expected);
}

#[test]
fn a_couriers_scan_of_a_return_opens_no_door() {
    let mut bench = ready_for(11);
    bench.give(people::show_badge(11));
    bench.give(people::scan_label(11));
    assert!(matches!(bench.view, View::Courier { note: CourierNote::NotYours, .. }));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_couriers_session_is_set_aside_while_someone_sends() {
    let mut bench = ready_for(12);
    bench.announce(1);
    bench.give(people::show_badge(11));
    bench.deposit(1);
    bench.give(people::type_code(people::code(12)));
    bench.takes();
    assert!(matches!(bench.view, View::Sent { .. }));
    bench.give(people::show_badge(11));
    assert!(matches!(bench.view, View::Courier { can_undo: true, .. }));
}

#[test]
fn where_no_door_is_large_enough_the_sender_keeps_the_parcel_and_may_choose_again() {
    let mut bench = ready_for(11);
    for door in [5, 6] {
        bench.sense(door, Door::Unknown);
    }
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::L)));
    assert_eq!(bench.view, View::NoRoomToSend);
    bench.give(people::touch(Intent::Back));
    assert!(matches!(bench.view, View::SendSize { free: [4, 2, 0], .. }));
    bench.give(people::touch(Intent::ChooseSize(Size::M)));
    assert_eq!(bench.unlocks.len(), 1);
}

#[test]
fn a_sender_who_asked_for_lower_doors_is_given_one_where_there_is_one() {
    let mut bench = ready_for(11);
    bench.give(people::touch(Intent::LowerDoors));
    bench.give(people::scan_label(11));
    bench.give(people::touch(Intent::ChooseSize(Size::S)));
    assert_eq!(bench.takes(), 2);
}

#[test]
fn a_cancelled_return_is_not_taken() {
    let mut bench = ready_for(12);
    bench.change(Change::Cancel { parcel: ParcelId(12) });
    bench.give(people::type_code(people::code(12)));
    assert_eq!(bench.view, View::NotAccepted { why: NotAccepted::NoReturn });
    bench.give(people::scan_label(12));
    assert!(bench.unlocks.is_empty());
}

#[test]
fn a_pickup_code_collects_at_the_senders_screen_too() {
    let (mut bench, [door]) = ready_with([3]);
    bench.announce_return(11);
    bench.give(people::touch(Intent::Send));
    bench.give(people::type_code(people::code(3)));
    assert_eq!(bench.takes(), door);
    assert_eq!(bench.place(3), Place::Out(By::Recipient));
}

#[test]
fn nothing_of_a_sender_stays_on_the_screen() {
    let mut bench = ready_for(11);
    bench.give(people::touch(Intent::Send));
    bench.wait(50_000);
    assert!(bench.is_home());
    bench.give(people::scan_label(11));
    bench.wait(80_000);
    assert!(bench.is_home());
    let (mut bench, _) = sent();
    bench.wait(60_000);
    assert!(bench.is_home());
}
