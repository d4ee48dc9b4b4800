//! An hour of noise on the wire, through the framing that the bus uses.

use std::num::NonZeroU8;

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::*;
use crate::board::played::{Played, played};
use crate::board::{Acknowledgement, ChannelReading, ClosedIs, LockBoard, door_of};
use crate::bus::DoorState;

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

/// Answers of which one to three bytes were struck: how many still read as a whole answer, and how many of them say "closed" of an
/// open door or the reverse.
fn struck_answers(played: &Played, answers: u32) -> (u32, u32) {
    let board = played.board(ADDRESS, ClosedIs::Eleven, CHANNELS);
    let status = Status(&*board, board.status_request(0));
    let (mut noise, mut passed, mut wrong) = (noise(), 0, 0);
    for _ in 0..answers {
        let set: Vec<bool> = (0..CHANNELS).map(|_| noise.next_u32() % 2 == 1).collect();
        let whole = (played.status)(ADDRESS, &set);
        let mut answer = whole.clone();
        for _ in 0..=below(&mut noise, 3) {
            let at = below(&mut noise, answer.len());
            answer[at] = noise.next_u32().to_le_bytes()[0];
        }
        if answer == whole {
            continue;
        }
        let Some((heard, _)) = interpret(&status, Echo::Absent, &answer) else { continue };
        passed += 1;
        let lies = |(channel, set): (u8, &bool)| {
            let truth = if *set { DoorState::Closed } else { DoorState::Open };
            let said = door_of(&heard.answer, channel);
            said != truth && said != DoorState::Unknown
        };
        wrong += u32::from((1..=CHANNELS).zip(&set).any(lies));
    }
    (passed, wrong)
}

#[test]
fn an_hour_of_noise_opens_and_closes_no_door() {
    for played in played() {
        assert_eq!(after_an_hour(&played), Believed::default(), "{:?}", played.family);
    }
}

/// A check of eight bits lets through one struck answer in 256, one of sixteen hardly any, and none at all leaves every blow at a
/// door's own byte unseen. What then is wrong is put right by the next reading, within a second.
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
