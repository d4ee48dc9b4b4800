//! Sync, compromised, opens nothing: it speaks over the real socket, as any program on the machine could.

use std::io::Write;

use locker_engine::link::ToKiosk;
use locker_protocol::link::Witness;
use locker_protocol::seal::{seal, to_bytes};
use locker_protocol::uplink::{Held, HelloAnswer, SealedBytes, Standing};
use locker_protocol::{Hash, JournalId, LockerId, Nonce, Numbered, Pass, Right, Sign};

use crate::rig::{ANA, LOCKER, Rig, key};

#[test]
fn forged_replayed_reordered_and_foreign_messages_open_nothing() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    let frames = rig.unlock_frames();

    let (change, _, evil_code) = rig.announcement(9);
    let numbered = |locker, number| Numbered { locker, number, change: change.clone() };
    let next = rig.next_number;
    let mut altered = seal(&numbered(LOCKER, next), &rig.hub);
    let place = altered.len() / 2;
    altered[place] ^= 0x40;
    let lies: Vec<Vec<u8>> = vec![
        seal(&numbered(LOCKER, next), &key(66)),
        altered,
        seal(&numbered(LockerId(78), next), &rig.hub),
        seal(&numbered(LOCKER, next + 5), &rig.hub),
        seal(&numbered(LOCKER, 1), &rig.hub),
        vec![0xff; 5_000],
        Vec::new(),
    ];
    for lie in &lies {
        rig.say(&ToKiosk::Changes { changes: vec![SealedBytes(lie.clone())] });
    }
    let all = lies.iter().rev().map(|lie| SealedBytes(lie.clone())).collect();
    rig.say(&ToKiosk::Changes { changes: all });
    let held = Held { locker: LOCKER, journal: JournalId([1; 16]), up_to: u64::MAX, kiosk_nonce: None };
    rig.say(&ToKiosk::Held { held: SealedBytes(seal(&held, &key(66))) });
    let answer = HelloAnswer {
        locker: LOCKER,
        kiosk_nonce: Nonce([3; 16]),
        unix_s: u64::MAX / 4,
        generation: 9,
        held: 0,
        standing: Standing::Forked,
    };
    let answer = SealedBytes(seal(&answer, &rig.hub));
    rig.say(&ToKiosk::HelloAnswer { answer });
    rig.say(&ToKiosk::Enrolled { answer: SealedBytes(vec![1; 200]) });
    let invented = Witness { journal: JournalId([5; 16]), seq: 9, hash: Hash([1; 32]) };
    let witness = Some(SealedBytes(seal(&invented, &key(66))));
    rig.say(&ToKiosk::Ready { transport_key: Sign::public_key(&key(66)), witness });

    // Nor does what is no message at all; the kiosk hangs up, and the next sync is heard.
    let length = u32::try_from(to_bytes(&held).len()).unwrap();
    for rubbish in [vec![0xff; 64], length.to_be_bytes().to_vec(), vec![0, 0, 0, 1, 0xff]] {
        rig.relink();
        rig.sync.write_all(&rubbish).unwrap();
    }
    rig.relink();

    // What the lies would have granted is not there, and what was there still is.
    rig.glass.press_label("Collect a parcel").unwrap();
    rig.wait("the keypad", |spoken| spoken.contains("Type your code"));
    for digit in evil_code.digits().chars() {
        rig.later(std::time::Duration::from_millis(200));
        rig.glass.press_key(&digit.to_string()).unwrap();
    }
    rig.wait("a refusal", |spoken| spoken.contains("does not match"));
    let foreign = Pass {
        locker: LockerId(78),
        expires_unix_s: None,
        right: Right::Collect { recipient: ANA, label: None },
    };
    let (elsewhere, forged) =
        (foreign.to_text(&rig.hub), Pass { locker: LOCKER, ..foreign.clone() }.to_text(&key(66)));
    rig.scan(&elsewhere, "a refusal", |spoken| spoken.contains("another locker"));
    rig.scan(&forged, "a refusal", |spoken| spoken.contains("cannot check"));
    assert_eq!(rig.unlock_frames(), frames);

    let pass = rig.pass();
    rig.scan(&pass, "the rightful door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
    rig.take_out(channel, &label);
}
