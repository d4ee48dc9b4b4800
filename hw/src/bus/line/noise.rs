//! An hour of noise on the wire, through the framing that the bus uses.

use std::num::NonZeroU8;

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::*;
use crate::board::played::{Played, played};
use crate::board::{Acknowledgement, ChannelReading, ClosedIs, LockBoard, door_of};
use crate::bus::DoorState;
use crate::bus::corroboration::{Corroboration, Weighed};

const ADDRESS: u8 = 1;
const CHANNELS: u8 = 12;

struct Status<'a>(&'a dyn LockBoard, Vec<u8>);

impl Exchange for Status<'_> {
    type Answer = Vec<ChannelReading>;
    fn request(&self) -> &[u8] {
        &self.1
    }
    fn answer(&self, received: &[u8]) -> Option<Self::Answer> {
        self.0.status_answer(0, received)
    }
    fn unasked(&self, received: &[u8]) -> usize {
        self.0.unasked(received).map_or(0, |report| report.length)
    }
}

struct Unlock<'a>(&'a dyn LockBoard, Vec<u8>);

impl Exchange for Unlock<'_> {
    type Answer = Acknowledgement;
    fn request(&self) -> &[u8] {
        &self.1
    }
    fn answer(&self, received: &[u8]) -> Option<Self::Answer> {
        self.0.unlock_answer(NonZeroU8::MIN, received)
    }
    fn unasked(&self, received: &[u8]) -> usize {
        self.0.unasked(received).map_or(0, |report| report.length)
    }
}

/// The same noise in every run.
fn noise() -> TestRng {
    TestRng::from_seed(RngAlgorithm::XorShift, b"an hour of noise")
}

fn below(noise: &mut TestRng, limit: usize) -> usize {
    usize::try_from(noise.next_u64() % limit as u64).unwrap()
}

/// What noise was taken for.
#[derive(Debug, Default, PartialEq)]
struct Believed {
    readings: u32,
    acknowledgements: u32,
    reports: u32,
}

/// As many bytes as an hour brings, in pieces between quiet gaps.
fn after_an_hour(played: &Played) -> Believed {
    let board = played.board(ADDRESS, ClosedIs::Eleven, CHANNELS);
    let status = Status(&*board, board.status_request(0));
    let unlock = Unlock(&*board, board.unlock_request(NonZeroU8::MIN));
    let (mut noise, mut believed) = (noise(), Believed::default());
    let bytes_an_hour = u64::from(played.family.baud()) / 10 * 3600;
    let mut passed = 0;
    while passed < bytes_an_hour {
        let mut piece = vec![0; 1 + below(&mut noise, 48)];
        noise.fill_bytes(&mut piece);
        passed += piece.len() as u64;
        // An adapter that is known to echo is as one of which nothing is known.
        for echo in [Echo::Untold, Echo::Absent] {
            if let Some((heard, _)) = interpret(&status, echo, &piece) {
                assert!(heard.before.len() + heard.after.len() < piece.len(), "nothing is made of nothing");
                believed.readings += 1;
            }
            believed.acknowledgements += u32::from(interpret(&unlock, echo, &piece).is_some());
        }
        let told = board.unasked(&piece).and_then(|report| report.says);
        believed.reports += u32::from(told.is_some());
    }
    believed
}

/// An answer of which one to three bytes were struck; whole where the blows changed nothing.
fn struck(whole: &[u8], noise: &mut TestRng) -> Vec<u8> {
    let mut answer = whole.to_vec();
    for _ in 0..=below(noise, 3) {
        let at = below(noise, answer.len());
        answer[at] = noise.next_u32().to_le_bytes()[0];
    }
    answer
}

/// Whether "closed" is said of an open door or the reverse.
fn lies(said: &[ChannelReading], set: &[bool]) -> bool {
    (1..=CHANNELS).zip(set).any(|(channel, set)| {
        let truth = if *set { DoorState::Closed } else { DoorState::Open };
        let door = door_of(said, channel);
        door != truth && door != DoorState::Unknown
    })
}

/// Struck answers: how many still read as a whole answer, and how many of them are wrong.
fn struck_answers(played: &Played, answers: u32) -> (u32, u32) {
    let board = played.board(ADDRESS, ClosedIs::Eleven, CHANNELS);
    let status = Status(&*board, board.status_request(0));
    let (mut noise, mut passed, mut wrong) = (noise(), 0, 0);
    for _ in 0..answers {
        let set: Vec<bool> = (0..CHANNELS).map(|_| noise.next_u32() % 2 == 1).collect();
        let whole = (played.status)(ADDRESS, &set);
        let answer = struck(&whole, &mut noise);
        if answer == whole {
            continue;
        }
        let Some((heard, _)) = interpret(&status, Echo::Absent, &answer) else { continue };
        passed += 1;
        wrong += u32::from(lies(&heard.answer, &set));
    }
    (passed, wrong)
}

/// A board without a check is read so many times while each answer in `struck_one_in` is struck and a door moves at every
/// fiftieth. How many wrong readings come over the wire, how many of them are believed, and how many changes are seen.
fn weighed_answers(played: &Played, answers: u32, struck_one_in: usize) -> (u32, u32, u32) {
    let board = played.board(ADDRESS, ClosedIs::Eleven, CHANNELS);
    let status = Status(&*board, board.status_request(0));
    let mut corroboration = Corroboration::new(board.questions());
    let (mut noise, mut wrong, mut believed_wrong, mut seen) = (noise(), 0, 0, 0);
    let mut set = vec![true; usize::from(CHANNELS)];
    let mut last_seen = Vec::new();
    for number in 0..answers {
        if number % 50 == 49 {
            let moves = below(&mut noise, set.len());
            set[moves] = !set[moves];
        }
        let whole = (played.status)(ADDRESS, &set);
        let answer = if below(&mut noise, struck_one_in) == 0 { struck(&whole, &mut noise) } else { whole };
        let Some((heard, _)) = interpret(&status, Echo::Absent, &answer) else { continue };
        let lies = lies(&heard.answer, &set);
        wrong += u32::from(lies);
        if corroboration.weigh(0, &heard.answer) == Weighed::Believed {
            believed_wrong += u32::from(lies);
            seen += u32::from(!lies && last_seen != set);
            last_seen.clone_from(&set);
        }
    }
    (wrong, believed_wrong, seen)
}

#[test]
fn an_hour_of_noise_opens_and_closes_no_door() {
    for played in played() {
        assert_eq!(after_an_hour(&played), Believed::default(), "{:?}", played.family);
    }
}

/// A check of eight bits lets through one struck answer in 256, one of sixteen hardly any, and none at all leaves every blow at a
/// door's own byte unseen.
#[test]
fn of_answers_struck_by_noise_so_few_are_believed() {
    const ANSWERS: u32 = 40_000;
    for played in played() {
        let (passed, wrong) = struck_answers(&played, ANSWERS);
        let one_in = if played.checked { 256 } else { 4 };
        assert!(passed * one_in <= ANSWERS, "{:?}: {passed} passed, {wrong} of them wrong", played.family);
        assert!(wrong <= passed);
    }
}

/// While one answer in ten is struck, hundreds say something wrong of a door: none of them is believed, and each change is seen. Where
/// every answer is struck and no true one ever comes between, still hardly any is.
#[test]
fn where_frames_carry_no_check_a_door_is_wrong_only_when_two_answers_are_struck_alike() {
    const ANSWERS: u32 = 40_000;
    for played in played().iter().filter(|played| !played.checked) {
        let (wrong, believed, seen) = weighed_answers(played, ANSWERS, 10);
        assert!(wrong > 400, "{:?}: {wrong} wrong", played.family);
        assert_eq!((believed, seen), (0, ANSWERS / 50), "{:?}: of {wrong}", played.family);
        let (wrong, believed, _) = weighed_answers(played, ANSWERS, 1);
        assert!(believed * 50 < wrong, "{:?}: {believed} of {wrong} wrong ones believed", played.family);
    }
}
