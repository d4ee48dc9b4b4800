//! What holds for every family, whatever comes over the wire.

use std::num::NonZeroU8;

use proptest::prelude::*;

use super::played::{Played, played, with_xor};
use super::{Acknowledgement, ClosedIs, Family, LockBoard, door_of};
use crate::bus::DoorState;

/// One of the families, an address and a number of channels that it may have, and a state for each.
#[derive(Clone, Debug)]
struct Case {
    which: usize,
    address: u8,
    set: Vec<bool>,
    closed_is: ClosedIs,
}

impl Case {
    fn played(&self) -> Played {
        played().swap_remove(self.which)
    }

    fn channels(&self) -> u8 {
        u8::try_from(self.set.len()).unwrap()
    }

    fn board(&self) -> Box<dyn LockBoard> {
        self.played().board(self.address, self.closed_is, self.channels())
    }

    fn answer(&self) -> Vec<u8> {
        (self.played().status)(self.address, &self.set)
    }

    fn closed(&self, channel: u8) -> bool {
        self.set[usize::from(channel) - 1] == (self.closed_is == ClosedIs::Eleven)
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    (0..played().len()).prop_flat_map(|which| {
        let limits = played().swap_remove(which).family.limits();
        // Three status bytes are what a shuoming board of up to 24 channels sends.
        let most = usize::from(limits.channels.min(24));
        let set = proptest::collection::vec(any::<bool>(), 1..=most);
        (limits.addresses, set, any::<bool>()).prop_map(move |(address, set, eleven)| Case {
            which,
            address,
            set,
            closed_is: if eleven { ClosedIs::Eleven } else { ClosedIs::Zero },
        })
    })
}

/// Bytes that have something of a frame: bare noise seldom passes the first byte.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let noise = || proptest::collection::vec(any::<u8>(), 0..40);
    let spoilt = || {
        let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
        (any_case(), changes).prop_map(|(case, changes)| {
            let mut frame = case.answer();
            for (at, byte) in changes {
                let at = at.index(frame.len());
                frame[at] = byte;
            }
            frame
        })
    };
    prop_oneof![
        noise(),
        spoilt(),
        (noise(), spoilt(), noise()).prop_map(|(before, frame, behind)| [before, frame, behind].concat())
    ]
}

#[test]
fn every_family_with_a_wire_is_played_here() {
    let mut families: Vec<String> = played().iter().map(|played| format!("{:?}", played.family)).collect();
    families.dedup();
    let all = ["Shuoming", "KerongCu16", "KerongCu48", "Wkly", "Winnsen", "ModbusRelay"];
    assert_eq!(families, all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn whatever_comes_no_codec_panics_or_takes_more_than_there_is(bytes in any_bytes(), case in any_case(), channel in 1u8..) {
        let board = case.board();
        let channel = NonZeroU8::new(channel).unwrap();
        for question in [0, board.questions() - 1, u8::MAX] {
            if let Some(readings) = board.status_answer(question, &bytes) {
                prop_assert!(readings.iter().all(|reading| (1..=case.channels()).contains(&reading.channel)));
            }
            let _ = board.status_request(question);
        }
        let _ = (board.unlock_answer(channel, &bytes), board.unlock_request(channel), board.at_start());
        if let Some(unasked) = board.unasked(&bytes) {
            prop_assert!((1..=bytes.len()).contains(&unasked.length));
            prop_assert!(unasked.says.is_none_or(|said| (1..=case.channels()).contains(&said.channel)));
        }
    }

    #[test]
    fn a_well_formed_answer_gives_exactly_the_states_that_were_put_in(case in any_case()) {
        let readings = case.board().status_answer(0, &case.answer()).unwrap();
        prop_assert_eq!(readings.len(), case.set.len());
        for channel in 1..=case.channels() {
            let expected = if case.closed(channel) { DoorState::Closed } else { DoorState::Open };
            prop_assert_eq!(door_of(&readings, channel), expected);
        }
        prop_assert_eq!(case.board().unasked(&case.answer()), None, "an answer is no report");
    }

    #[test]
    fn one_flipped_bit_makes_no_answer_of_a_checked_frame(case in any_case(), at in any::<prop::sample::Index>()) {
        let (played, mut frame) = (case.played(), case.answer());
        let bit = at.index(frame.len() * 8);
        frame[bit / 8] ^= 1 << (bit % 8);
        let found = case.board().status_answer(0, &frame);
        prop_assert_eq!(case.board().is_checked(), played.checked);
        if played.checked || !played.unchecked_bytes.contains(&(bit / 8)) {
            prop_assert_eq!(found, None);
        } else {
            // Without a checksum, one flipped bit is at most one door's wrong state.
            let readings = found.unwrap();
            let wrong = (1..=case.channels())
                .filter(|channel| (door_of(&readings, *channel) == DoorState::Closed) != case.closed(*channel));
            prop_assert!(wrong.count() <= 1);
        }
    }

    #[test]
    fn an_acknowledgement_counts_for_its_board_and_channel_alone(case in any_case(), channel in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), other in any::<u8>()) {
        let (played, board) = (case.played(), case.played().board(case.address, ClosedIs::Eleven, case.channels()));
        let channel = u8::try_from(channel.index(case.set.len()) + 1).unwrap();
        let Some(done) = played.done else {
            prop_assert!(!board.answers_unlocks());
            return Ok(());
        };
        let (frame, wanted) = (done(case.address, channel), NonZeroU8::new(channel).unwrap());
        prop_assert_eq!(board.unlock_answer(wanted, &frame), Some(Acknowledgement::Accepted));
        prop_assert_eq!(board.status_answer(0, &frame), None);
        prop_assert_eq!(board.unasked(&frame), None);
        if other != channel && other != 0 {
            prop_assert_eq!(board.unlock_answer(NonZeroU8::new(other).unwrap(), &frame), None);
        }
        if other != case.address {
            let anothers = played.board(other, ClosedIs::Eleven, case.channels());
            prop_assert_eq!(anothers.unlock_answer(wanted, &frame), None);
        }
        let mut flipped = frame.clone();
        let bit = at.index(frame.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        // The status of a frame without a checksum may flip to a refusal, and an 85 to an A5, which some boards say.
        if played.checked || ![2, 5].contains(&(bit / 8)) {
            prop_assert_eq!(board.unlock_answer(wanted, &flipped), None);
        }
    }

    #[test]
    fn another_boards_answer_is_nobodys(case in any_case(), other in any::<u8>()) {
        prop_assume!(other != case.address);
        // The board's half of a KR-CU16's address.
        prop_assume!(case.played().family != Family::KerongCu16 || other < 16);
        let anothers = case.played().board(other, case.closed_is, case.channels());
        prop_assert_eq!(anothers.status_answer(0, &case.answer()), None);
    }

    #[test]
    fn an_answer_that_is_cut_or_has_company_is_none(case in any_case(), cut in any::<prop::sample::Index>(), more in proptest::collection::vec(any::<u8>(), 1..12)) {
        let (board, frame) = (case.board(), case.answer());
        let cut = cut.index(frame.len());
        for pieces in [
            [&frame[..cut], &[]],
            [&frame[cut..], &frame[..cut]],
            [&frame, &frame],
            [&frame[..cut], &frame],
            [&more, &frame],
            [&frame, &more],
        ] {
            let together = pieces.concat();
            // A shuoming frame does not say how long it is: two pieces can be a whole one by chance.
            let whole_by_chance = case.played().family == Family::Shuoming
                && together.ends_with(&with_xor(together[..together.len().saturating_sub(1)].to_vec()));
            if together != frame && !whole_by_chance {
                prop_assert_eq!(board.status_answer(0, &together), None, "{:02X?}", together);
            }
        }
    }
}
