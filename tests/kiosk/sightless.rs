//! Somebody who cannot see the screen does everything there by ear and keypad: what is spoken names the key of each button.

use std::time::Duration;

use locker_engine::link::{ToKiosk, ToSync};
use locker_protocol::change::ReturnAnnouncement;
use locker_protocol::seal::seal;
use locker_protocol::uplink::SealedBytes;
use locker_protocol::{Change, Label, Numbered, ParcelId, PickupCode, Size, TenantId};

use crate::rig::{LOCKER, Rig};

/// Ears, a finger on the keypad, and hands at the doors. Knows nothing but what it hears.
struct Sightless {
    rig: Rig,
}

impl Sightless {
    fn hears(&mut self, words: &str) -> String {
        self.rig.wait(words, |spoken| spoken.contains(words))
    }

    /// Waits until a button is spoken of that begins so, and strikes the key that is said with it.
    fn chooses(&mut self, button: &str) {
        let spoken = self.rig.wait(button, |spoken| key_of(spoken, button).is_some());
        let key = key_of(&spoken, button).unwrap();
        self.strikes(&key);
    }

    fn strikes(&mut self, key: &str) {
        // The same key again at once would be a slip of the finger.
        self.rig.later(Duration::from_millis(200));
        self.rig.glass.press_key(key).unwrap();
    }

    fn types(&mut self, code: PickupCode) {
        for digit in code.digits().chars() {
            self.strikes(&digit.to_string());
        }
    }

    fn comes_with(&mut self, code: PickupCode) {
        self.chooses("Collect a parcel");
        self.hears("Type on the keypad");
        self.types(code);
    }

    /// Takes what is behind the door that stands open, and shuts it.
    fn takes(&mut self, label: &Label) {
        self.hears("is open. ");
        let channel = self.rig.open_channel();
        self.rig.cabinet.take(channel, label.as_str()).unwrap();
        self.rig.cabinet.push_shut(channel).unwrap();
    }

    fn shuts(&mut self) {
        let channel = self.rig.open_channel();
        self.rig.cabinet.push_shut(channel).unwrap();
    }

    fn goes(&mut self) {
        self.chooses("Finish");
        self.hears("Collect a parcel");
    }
}

/// The key that is said with a button.
fn key_of(spoken: &str, button: &str) -> Option<String> {
    let mut sentences = spoken.split_inclusive(['.', '?']).map(str::trim);
    let said = sentences.find(|sentence| sentence.starts_with(button) && sentence.contains(": press "))?;
    Some(match said.trim_end_matches('.').rsplit_once(": press ")?.1 {
        "star" => "*".to_owned(),
        "hash" => "#".to_owned(),
        digit => digit.to_owned(),
    })
}

/// Somebody for whom so many parcels wait.
fn awaited<const N: usize>() -> (Sightless, [(Label, PickupCode, u8); N]) {
    let mut rig = Rig::enrolled();
    let parcels = std::array::from_fn(|at| {
        let (label, code) = rig.announce(at as u64 + 1);
        let channel = rig.deposit(&label);
        (label, code, channel)
    });
    (Sightless { rig }, parcels)
}

#[test]
fn a_parcel_is_collected_by_ear_and_its_door_opened_once_more() {
    let (mut person, [(label, code, channel)]) = awaited();
    person.comes_with(code);
    person.hears(&format!("Door {channel} is open"));
    person.takes(&label);
    person.hears("All done");
    person.chooses(&format!("Open door {channel} again"));
    person.hears("is open. ");
    person.shuts();
    person.goes();
}

#[test]
fn of_two_doors_one_is_opened_by_ear_and_the_other_left_open_and_skipped() {
    let (mut person, [(first, code, _), (second, _, _)]) = awaited();
    person.comes_with(code);
    person.hears("2 parcels, 2 doors");
    person.chooses("Open door");
    person.takes(&first);
    person.hears("2 of 2");
    person.hears("is open. ");
    let channel = person.rig.open_channel();
    person.rig.cabinet.take(channel, second.as_str()).unwrap();
    person.rig.later(Duration::from_secs(21));
    person.chooses("Skip");
    person.goes();
}

#[test]
fn the_rest_is_kept_for_another_time_by_ear() {
    let (mut person, [(_, code, _), _]) = awaited();
    person.comes_with(code);
    person.hears("2 parcels, 2 doors");
    person.chooses("Not now");
    person.hears("2 doors stay shut for you");
    person.goes();
}

#[test]
fn an_empty_door_is_reported_by_ear() {
    let (mut person, [(label, code, channel)]) = awaited();
    person.rig.cabinet.steal_through_the_back(channel, label.as_str()).unwrap();
    person.comes_with(code);
    person.hears("is open. ");
    person.chooses("It is empty");
    person.hears("Still empty?");
    person.chooses("Yes, report it");
    person.hears("Push door");
    person.shuts();
    person.hears("We have reported it. Case ");
    person.goes();
}

#[test]
fn somebody_elses_parcel_is_put_back_by_ear() {
    let (mut person, [(_, code, _)]) = awaited();
    person.comes_with(code);
    person.hears("is open. ");
    person.chooses("Not mine");
    person.hears("Put it back and close door");
    person.shuts();
    person.hears("We have reported it");
    person.goes();
}

#[test]
fn a_stuck_door_is_tried_again_by_ear() {
    let (mut person, [(label, code, channel)]) = awaited();
    person.rig.cabinet.jam(channel, true).unwrap();
    person.comes_with(code);
    person.hears("then let go");
    person.hears("is stuck. Your parcel is safe. Case ");
    person.rig.cabinet.jam(channel, false).unwrap();
    person.chooses("Try again");
    person.takes(&label);
    person.goes();
}

#[test]
fn a_wrong_code_and_a_slow_hand_still_reach_the_parcel_by_ear() {
    let (mut person, [(label, code, _)]) = awaited();
    person.comes_with(PickupCode::from_random([9, 8, 7, 6, 5, 4, 3, 2, 1]).unwrap());
    person.hears("does not match");
    person.chooses("Type it again");
    person.hears("Type on the keypad");
    person.rig.later(Duration::from_secs(31));
    person.hears("Need more time?");
    person.chooses("More time");
    person.hears("Type on the keypad");
    person.types(code);
    person.takes(&label);
    person.goes();
}

#[test]
fn while_typing_is_paused_a_pass_still_opens_the_door_by_ear() {
    let (mut person, [(label, _, _)]) = awaited();
    person.chooses("Collect a parcel");
    for guess in 0..20 {
        person.hears("Type on the keypad");
        person.types(PickupCode::from_random([9, 8, 7, 6, 5, 4, 3, guess / 10, guess % 10]).unwrap());
        if guess < 19 {
            person.chooses("Type it again");
        }
    }
    person.chooses("Type it again");
    person.hears("Typing is paused: 30 minutes. Scanning still works.");
    let pass = person.rig.pass();
    person.rig.scan(&pass, "the open door", |spoken| spoken.contains("is open. "));
    person.takes(&label);
    person.goes();
}

#[test]
fn while_the_network_is_away_a_code_that_may_be_good_is_not_called_wrong_by_ear() {
    let (mut person, [(label, code, _)]) = awaited();
    person.rig.say(&ToKiosk::Offline);
    // The kiosk answers this one, so it has heard the one before.
    person.rig.announce(2);
    person.rig.later(Duration::from_secs(61));
    person.comes_with(PickupCode::from_random([9, 8, 7, 6, 5, 4, 3, 2, 1]).unwrap());
    person.hears("We cannot check this code now. Your parcel is kept.");
    person.chooses("Go back");
    // What is known here opens all the same.
    person.comes_with(code);
    person.takes(&label);
    person.goes();
}

#[test]
fn while_the_locker_is_being_repaired_it_says_so_and_then_serves_by_ear() {
    let (mut person, [(label, code, _)]) = awaited();
    let well = person.rig.break_down();
    person.hears("This locker is being repaired. Your parcel is safe; your time is paused.");
    well.mend();
    person.comes_with(code);
    person.takes(&label);
    person.goes();
}

#[test]
fn a_return_is_sent_by_ear_and_its_receipts_number_is_spoken() {
    let mut person = Sightless { rig: Rig::enrolled() };
    let code = PickupCode::from_random([5, 5, 0, 1, 2, 3, 4, 5, 6]).unwrap();
    let label = Label::new("RETURN0001").unwrap();
    let announcement = ReturnAnnouncement {
        parcel: ParcelId(900),
        tenant: TenantId(1),
        label: label.clone(),
        label_tag: locker_crypto::label_tag(&label),
        code: Some(code.tag(&person.rig.codes)),
        size: Some(Size::S),
    };
    let numbered = Numbered { locker: LOCKER, number: 1, change: Change::AnnounceReturn { announcement } };
    let change = SealedBytes(seal(&numbered, &person.rig.hub));
    person.rig.say(&ToKiosk::Changes { changes: vec![change] });
    person.rig.hear(|message| matches!(message, ToSync::Cursor { number: 1 }).then_some(()));
    person.chooses("Send a parcel");
    person.hears("Scan your return's label. Or type its code.");
    person.types(code);
    person.hears("Put your parcel in.");
    let channel = person.rig.open_channel();
    person.rig.cabinet.put(channel, label.as_str()).unwrap();
    person.rig.cabinet.push_shut(channel).unwrap();
    person.hears("Your parcel is sent. Your receipt: ");
    person.goes();
}

#[test]
fn language_letters_and_lower_doors_are_chosen_by_ear() {
    let mut person = Sightless { rig: Rig::enrolled() };
    person.chooses("Larger text");
    person.hears("Smaller text: press ");
    person.chooses("Lower doors");
    person.hears("Lower doors, chosen");
    person.chooses("Languages");
    person.chooses("Español");
    person.hears("Recoger un paquete: pulse ");
}
