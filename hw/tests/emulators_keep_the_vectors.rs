//! The emulators against the vectors, byte for byte and without any driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use locker_hw::emulate::{Cabinet, Gm65, ShuomingBoard, StatusOfClosed};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    frame: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    what: String,
    channel: Option<u8>,
    request: Option<String>,
    answer: Option<String>,
    status: Option<String>,
    set_channels: Option<Vec<u8>>,
    zone: Option<u16>,
    value: Option<u8>,
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn open(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

#[track_caller]
fn ask(port: &mut File, request: &[u8], answer: &[u8]) {
    port.write_all(request).unwrap();
    let mut received = vec![0; answer.len()];
    port.read_exact(&mut received).unwrap();
    assert_eq!(received, answer);
}

#[test]
fn the_board_answers_as_the_vectors_say_with_either_polarity() {
    let vectors: Vectors = toml::from_str(include_str!("../frames/shuoming.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for closed in [StatusOfClosed::Eleven, StatusOfClosed::Zero] {
        let path = folder.path().join("board");
        let cabinet = Cabinet::new(24);
        let board = ShuomingBoard::start(&path, cabinet.clone(), 1, closed).unwrap();
        let mut port = open(board.path());
        let is_closed = |set: bool| set == (closed == StatusOfClosed::Eleven);
        for frame in &vectors.frame {
            let (Some(request), Some(answer)) = (frame.request.as_deref(), frame.answer.as_deref()) else {
                continue;
            };
            for channel in 1..=24 {
                let set = match (&frame.set_channels, frame.channel) {
                    (Some(set), _) => set.contains(&channel),
                    (None, Some(one)) => channel == one && frame.status.as_deref() == Some("11"),
                    (None, None) => false,
                };
                if is_closed(set) {
                    cabinet.push_shut(channel).unwrap();
                } else {
                    cabinet.force_open(channel).unwrap();
                }
                // What does not open stays as it is: the acknowledgement then carries the closed status.
                cabinet.jam(channel, is_closed(set)).unwrap();
            }
            ask(&mut port, &hex(request), &hex(answer));
            checked += 1;
        }
    }
    assert!(checked >= 16, "only {checked}");
}

#[test]
fn a_frame_to_all_locks_would_show() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(24);
    let board =
        ShuomingBoard::start(&folder.path().join("b"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    ask(&mut open(board.path()), &hex("8A 01 00 11 9A"), &hex("8A 01 00 11 9A"));
    assert_eq!(cabinet.most_energised_together(), 24);
    assert!((1..=24).all(|channel| cabinet.is_open(channel)));
}

#[test]
fn frames_that_are_spoilt_or_for_another_board_move_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(24);
    let board =
        ShuomingBoard::start(&folder.path().join("b"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    let mut port = open(board.path());
    for spoilt in ["8A 01 07 11 9C", "8A 02 07 11 9E", "8A 01 07 11", "8A 01 07 11 9D 00", "9A 01 07 11 8D"] {
        let heard = board.subscribe(8);
        port.write_all(&hex(spoilt)).unwrap();
        // Once the board has heard it, its quiet gap has passed and it is done with.
        assert_eq!(heard.recv().unwrap().hex(), spoilt);
    }
    ask(&mut port, &hex("80 01 00 33 B2"), &hex("80 01 FF FF FF 33 4D"));
    assert_eq!(cabinet.pulses().len(), 0);
}

#[test]
fn the_scanner_answers_as_the_vectors_say() {
    let vectors: Vectors = toml::from_str(include_str!("../frames/gm65.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let module = Gm65::start(&folder.path().join("scanner")).unwrap();
    let mut port = open(module.path());
    // What is read back must have been written before.
    let (reads, others): (Vec<_>, Vec<_>) = vectors.frame.iter().partition(|frame| frame.what == "read");
    for frame in others.iter().chain(&reads) {
        ask(&mut port, &hex(frame.request.as_deref().unwrap()), &hex(frame.answer.as_deref().unwrap()));
        if let (Some(zone), Some(value)) = (frame.zone, frame.value) {
            assert_eq!(module.zone(zone), Some(value));
        }
    }
    assert!(reads.len() + others.len() >= 5);
}
