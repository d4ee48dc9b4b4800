//! Whatever comes back over the wire of a lock board. The input: five bytes for the board and its question, then what was
//! received.
#![no_main]

use std::num::NonZeroU8;

use libfuzzer_sys::fuzz_target;
use locker_hw::board::kerong_cu16::KerongCu16;
use locker_hw::board::kerong_cu48::KerongCu48;
use locker_hw::board::modbus_relay::ModbusRelay;
use locker_hw::board::shuoming::Shuoming;
use locker_hw::board::winnsen::Winnsen;
use locker_hw::board::wkly::Wkly;
use locker_hw::board::{ClosedIs, LockBoard};
use locker_hw::profile::{InputsBy, ItemIs, RelayInputs};

fuzz_target!(|data: &[u8]| {
    let [family, address, channels, channel, question, ref received @ ..] = *data else { return };
    let (Some(channel), 1..) = (NonZeroU8::new(channel), channels) else { return };
    let closed_is = if family & 0x80 == 0 { ClosedIs::Eleven } else { ClosedIs::Zero };
    let relay = |by: InputsBy| {
        let board = Some(9).filter(|_| family & 0x40 != 0);
        let inputs = RelayInputs { by, first: by.usual_first(), board };
        Box::new(ModbusRelay::new(address, closed_is, channels, 300, inputs))
    };
    let byte = |at: usize| received.get(at).copied().map_or(0, usize::from);
    // Whether an answer of this length can be one by the rules of the family, and whether a check guards it.
    let (board, long_enough, checked): (Box<dyn LockBoard>, bool, bool) = match family & 0x07 {
        0 => {
            (Box::new(Shuoming::new(address, closed_is, channels)), (5..=12).contains(&received.len()), true)
        }
        1 => {
            let board = KerongCu16::new(address & 0x0F, closed_is, Some(ItemIs::One), channels);
            (Box::new(board), received.len() == 9, true)
        }
        2 => (Box::new(KerongCu48::new(address, closed_is, channels)), received.len() == 12, true),
        3 => (Box::new(Wkly::new(address, closed_is, channels)), received.len() == byte(4), true),
        4 => (Box::new(Winnsen::new(address, closed_is, channels)), received.len() == 7, false),
        5 => (relay(InputsBy::DiscreteInputs), received.len() == byte(2) + 5, true),
        _ => (relay(InputsBy::HoldingRegisters), received.len() == byte(2) + 5, true),
    };

    let readings = board.status_answer(question, received);
    for reading in readings.iter().flatten() {
        assert!((1..=channels).contains(&reading.channel), "a channel that the board does not have");
    }
    if readings.is_some() {
        assert_eq!(board.unasked(received), None, "an answer is no report");
        assert_eq!(board.unlock_answer(channel, received), None, "a reading acknowledges nothing");
        assert!(long_enough, "an answer that lies about its length");
        let flipped = |bit: usize| {
            let mut frame = received.to_vec();
            frame[bit / 8] ^= 1 << (bit % 8);
            board.status_answer(question, &frame).is_some()
        };
        assert!(!checked || !(0..received.len() * 8).any(flipped), "a flipped bit that no check sees");
    }
    if let Some(report) = board.unasked(received) {
        assert!((1..=received.len()).contains(&report.length));
        assert!(report.says.is_none_or(|said| (1..=channels).contains(&said.channel)));
    }
    let accepted = board.unlock_answer(channel, received);
    assert!(accepted.is_none() || board.answers_unlocks());
    let _ = (board.unlock_request(channel), board.status_request(question), board.at_start());
});
