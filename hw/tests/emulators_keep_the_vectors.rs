//! The emulators against the vectors, byte for byte and without any driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use locker_hw::emulate::{
    Asked, BoardFamily, BoardPlan, Cabinet, Firmware, LockLine, Look, ModbusInputs, ModbusRelay, Station,
    StatusOfClosed, Winnsen, Wkly,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    frame: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    what: String,
    address: Option<u8>,
    channel: Option<u8>,
    request: Option<String>,
    answer: Option<String>,
    status: Option<String>,
    set_channels: Option<Vec<u8>>,
    item_channels: Option<Vec<u8>>,
    doors: Option<Vec<u8>>,
    door: Option<String>,
    exception: Option<u8>,
    first: Option<u16>,
    count: Option<u8>,
    pulse_ms: Option<u64>,
    variant: Option<String>,
}

/// What the inputs of a board say; a channel that is not named is an open door without an item, and a relay that is off.
#[derive(Default)]
struct Inputs {
    doors: BTreeMap<u8, Option<bool>>,
    items: Vec<u8>,
    energised: Vec<u8>,
}

impl Inputs {
    /// Open doors where a bit is to be clear, by this polarity.
    fn with_bits(channels: u8, set: &[u8], closed: StatusOfClosed) -> Self {
        let is_open = |channel| set.contains(&channel) == (closed == StatusOfClosed::Zero);
        Self {
            doors: (1..=channels).map(|channel| (channel, Some(is_open(channel)))).collect(),
            ..Self::default()
        }
    }
}

impl Look for Inputs {
    fn is_open(&self, channel: u8) -> Option<bool> {
        self.doors.get(&channel).copied().unwrap_or(Some(true))
    }
    fn has_item(&self, channel: u8) -> bool {
        self.items.contains(&channel)
    }
    fn is_energised(&self, channel: u8) -> bool {
        self.energised.contains(&channel)
    }
}

const POLARITIES: [StatusOfClosed; 2] = [StatusOfClosed::Eleven, StatusOfClosed::Zero];

fn read(text: &str) -> Vec<Frame> {
    toml::from_str::<Vectors>(text).unwrap().frame
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn as_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

fn open(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

#[track_caller]
fn ask(port: &mut File, request: &[u8], answer: &[u8]) {
    port.write_all(request).unwrap();
    let mut received = vec![0; answer.len()];
    port.read_exact(&mut received).unwrap();
    assert_eq!(as_hex(&received), as_hex(answer));
}

fn plan(family: BoardFamily, frame: &Frame, closed: StatusOfClosed) -> BoardPlan {
    let usual = BoardPlan::usual(family);
    BoardPlan { address: frame.address.unwrap_or(usual.address), closed, ..usual }
}

/// What a board asks of itself, and says, when this vector's request comes.
#[track_caller]
fn hears(board: &dyn Firmware, frame: &Frame, look: &dyn Look) -> Asked {
    let request = hex(frame.request.as_deref().unwrap());
    let asked = board.asked(&request);
    assert_ne!(asked, Asked::Other, "{}: {}", frame.what, as_hex(&request));
    let answer = board.answer(&request, &asked, look).map(|answer| as_hex(&answer));
    assert_eq!(answer, frame.answer, "{} {}", frame.what, as_hex(&request));
    asked
}

fn opens(channel: u8) -> Asked {
    Asked::Open { channels: vec![channel], pulse: None }
}

fn opens_all(channels: u8) -> Asked {
    Asked::Open { channels: (1..=channels).collect(), pulse: None }
}

#[test]
fn a_kerong_cu48_says_what_the_vectors_say() {
    let frames = read(include_str!("../frames/kerong-cu48.toml"));
    for (frame, closed) in frames.iter().flat_map(|frame| POLARITIES.map(|closed| (frame, closed))) {
        let board = plan(BoardFamily::KerongCu48, frame, closed).firmware();
        let look = Inputs::with_bits(48, frame.set_channels.as_deref().unwrap_or(&[]), closed);
        let expected = match (frame.what.as_str(), frame.channel) {
            ("status", _) => Asked::Status,
            (_, Some(channel)) => opens(channel),
            _ => opens_all(48),
        };
        assert_eq!(hears(&*board, frame, &look), expected);
    }
    assert_eq!(frames.len(), 12);
}

#[test]
fn a_kerong_cu16_says_what_the_vectors_say_also_of_what_lies_inside() {
    let frames = read(include_str!("../frames/kerong-cu16.toml"));
    for (frame, closed) in frames.iter().flat_map(|frame| POLARITIES.map(|closed| (frame, closed))) {
        for item_is_set in [true, false] {
            let plan = BoardPlan { item_is_set, ..plan(BoardFamily::KerongCu16, frame, closed) };
            let set_items = frame.item_channels.clone().unwrap_or_default();
            let items = (1..=16).filter(|channel| set_items.contains(channel) == item_is_set).collect();
            let set = frame.set_channels.as_deref().unwrap_or(&[]);
            let look = Inputs { items, ..Inputs::with_bits(16, set, closed) };
            let expected = match (frame.what.as_str(), frame.channel) {
                ("status" | "status-of-all-boards", _) => Asked::Status,
                (_, Some(channel)) => opens(channel),
                _ => opens_all(16),
            };
            assert_eq!(hears(&*plan.firmware(), frame, &look), expected);
        }
    }
    assert_eq!(frames.len(), 13);
}

#[test]
fn a_wkly_board_says_what_the_vectors_say_also_unasked() {
    let frames = read(include_str!("../frames/wkly.toml"));
    let door_of = |byte: u8| match byte {
        0xFF => None,
        closed => Some(closed == 0),
    };
    for frame in &frames {
        let doors = match (&frame.doors, &frame.door) {
            (Some(doors), _) => (1u8..).zip(doors.iter().map(|byte| door_of(*byte))).collect(),
            (None, Some(door)) => [(frame.channel.unwrap(), door_of(hex(door)[0]))].into(),
            (None, None) => BTreeMap::new(),
        };
        let look = Inputs { doors, ..Inputs::default() };
        let channels = match &frame.doors {
            Some(doors) => u8::try_from(doors.len()).unwrap(),
            // A board fails at a lock that it does not have.
            None if frame.status.as_deref() == Some("FF") => 0,
            None => 24,
        };
        let board = Wkly { address: frame.address.unwrap(), channels, closed: StatusOfClosed::Eleven };
        match frame.what.as_str() {
            "unasked" => {
                let report = board.report(frame.channel.unwrap(), &look).unwrap();
                assert_eq!(as_hex(&report), frame.answer.clone().unwrap());
            }
            "unlock" if channels == 0 => assert_eq!(hears(&board, frame, &look), Asked::Impossible),
            "unlock" => assert_eq!(hears(&board, frame, &look), opens(frame.channel.unwrap())),
            "status" | "status-of-one" => assert_eq!(hears(&board, frame, &look), Asked::Status),
            // What it answers is not known; that it obeys is.
            "unlock-all" => assert_eq!(board.asked(&hex(frame.request.as_deref().unwrap())), opens_all(24)),
            "unlock-several" => assert_eq!(hears(&board, frame, &look), opens_all(3)),
            other => panic!("{other} is nobody's"),
        }
    }
    assert_eq!(frames.len(), 17);
}

#[test]
fn a_winnsen_board_says_what_the_vectors_say() {
    let frames = read(include_str!("../frames/winnsen.toml"));
    let mut checked = 0;
    for (frame, closed) in frames.iter().flat_map(|frame| POLARITIES.map(|closed| (frame, closed))) {
        // A clone that cools down is not emulated.
        if frame.status.as_deref() == Some("02") {
            continue;
        }
        let answers_unlock_with = if frame.variant.as_deref() == Some("a5") { 0xA5 } else { 0x85 };
        let board = Winnsen { address: frame.address.unwrap(), channels: 16, closed, answers_unlock_with };
        let look = match frame.channel {
            Some(channel) => {
                let opened = frame.status.as_deref() == Some("01");
                Inputs { doors: [(channel, Some(opened))].into(), ..Inputs::default() }
            }
            None => Inputs::with_bits(16, frame.set_channels.as_deref().unwrap(), closed),
        };
        let expected = frame.channel.map_or(Asked::Status, opens);
        assert_eq!(hears(&board, frame, &look), expected);
        checked += 1;
    }
    assert_eq!(checked, 2 * 10);
}

#[test]
fn a_modbus_board_says_what_the_vectors_say_and_times_the_pulse_that_it_is_told() {
    let frames = read(include_str!("../frames/modbus-relay.toml"));
    for (frame, closed) in frames.iter().flat_map(|frame| POLARITIES.map(|closed| (frame, closed))) {
        let set = frame.set_channels.clone().unwrap_or_default();
        let channels = match frame.exception {
            // It has no such relay.
            Some(2) => 8,
            _ => frame.count.unwrap_or(32),
        };
        let inputs = match frame.what.as_str() {
            "input-registers" => ModbusInputs::Registers(frame.first.unwrap()),
            _ => ModbusInputs::Discrete(0),
        };
        // A board that times no pulses refuses their values.
        let has_pulses = frame.exception != Some(3);
        let address = frame.address.unwrap();
        let board = ModbusRelay { address, channels, closed, inputs, inputs_board: None, has_pulses };
        let look = Inputs { energised: set.clone(), ..Inputs::with_bits(channels, &set, closed) };
        let expected = match frame.what.as_str() {
            "pulse" => Asked::Open {
                channels: vec![frame.channel.unwrap()],
                pulse: Some(Duration::from_millis(frame.pulse_ms.unwrap())),
            },
            "pulse-refused" => Asked::Impossible,
            "all-off" => Asked::Off((1..=channels).collect()),
            _ => Asked::Status,
        };
        assert_eq!(hears(&board, frame, &look), expected);
    }
    assert_eq!(frames.len(), 20);
}

#[test]
fn a_shuoming_board_says_what_the_vectors_say_also_unasked() {
    let frames = read(include_str!("../frames/shuoming.toml"));
    let mut checked = 0;
    for (frame, closed) in frames.iter().flat_map(|frame| POLARITIES.map(|closed| (frame, closed))) {
        let set = match (&frame.set_channels, frame.channel) {
            (Some(set), _) => set.clone(),
            (None, Some(one)) if frame.status.as_deref() == Some("11") => vec![one],
            _ => vec![],
        };
        let look = Inputs::with_bits(24, &set, closed);
        let answer = frame.answer.as_deref().map(hex);
        let Some(request) = frame.request.as_deref().map(hex) else {
            let header = answer.as_ref().unwrap()[0];
            let plan = BoardPlan { reports_with: Some(header), ..plan(BoardFamily::Shuoming, frame, closed) };
            assert_eq!(plan.firmware().report(frame.channel.unwrap(), &look), answer);
            checked += 1;
            continue;
        };
        let board = plan(BoardFamily::Shuoming, frame, closed).firmware();
        let asked = board.asked(&request);
        let expected = match (frame.what.as_str(), frame.channel) {
            ("open-one", Some(channel)) => opens(channel),
            ("open-all", _) => opens_all(24),
            _ => Asked::Status,
        };
        assert_eq!(asked, expected, "{}", as_hex(&request));
        if answer.is_some() {
            assert_eq!(board.answer(&request, &asked, &look), answer);
        }
        checked += 1;
    }
    assert_eq!(checked, 2 * frames.len());
}

/// One frame that asks for a door, and the same of another board, for each family.
const UNLOCKS: [(BoardFamily, &str); 6] = [
    (BoardFamily::Shuoming, "8A 01 02 11 98"),
    (BoardFamily::KerongCu16, "02 01 31 03 37"),
    (BoardFamily::KerongCu48, "02 00 01 51 03 57"),
    (BoardFamily::Wkly, "57 4B 4C 59 09 00 82 02 80"),
    (BoardFamily::Winnsen, "90 06 05 01 02 03"),
    (BoardFamily::ModbusRelay, "01 05 02 01 00 08 9C 74"),
];

#[test]
fn every_family_opens_the_door_that_a_frame_names_and_no_frame_with_a_wrong_byte_opens_another() {
    let folder = tempfile::tempdir().unwrap();
    for (family, unlock) in UNLOCKS {
        let plan = BoardPlan::usual(family);
        let cabinet = Cabinet::new(plan.channels);
        let stations = vec![Station::new(&plan, cabinet.clone())];
        let line = LockLine::lay(&folder.path().join(family.name()), family.baud(), stations).unwrap();
        let mut port = open(&line.path());
        let heard = line.subscribe(64);
        let mut sends = |bytes: &[u8]| {
            port.write_all(bytes).unwrap();
            // Once the board has heard it, its quiet gap has passed.
            while as_hex(&heard.recv_timeout(Duration::from_secs(20)).unwrap().bytes) != as_hex(bytes) {}
        };
        let unlock = hex(unlock);
        // Without a checksum a wrong lock number is a lock number.
        if family != BoardFamily::Winnsen {
            for at in 0..unlock.len() {
                let mut spoilt = unlock.clone();
                spoilt[at] ^= 0x04;
                sends(&spoilt);
            }
        }
        sends(&unlock[..unlock.len() - 1]);
        assert_eq!(cabinet.pulses().len(), 0, "{family}: a spoilt frame opened something");
        sends(&unlock);
        assert!(cabinet.wait_open(2, Duration::from_secs(20)), "{family}");
        assert_eq!(cabinet.pulses().len(), 1, "{family}");
        let pulse = cabinet.pulses()[0];
        let expected = if family == BoardFamily::ModbusRelay { 800 } else { 300 };
        assert_eq!((pulse.until - pulse.from).as_millis(), expected, "{family}");
    }
}

#[test]
fn boards_of_several_families_on_one_line_answer_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let at = |family, address| BoardPlan { address, ..BoardPlan::usual(family) };
    let plans = [
        at(BoardFamily::Shuoming, 1),
        at(BoardFamily::Shuoming, 2),
        at(BoardFamily::Winnsen, 1),
        at(BoardFamily::ModbusRelay, 17),
    ];
    let cabinets: Vec<Cabinet> = plans.iter().map(|plan| Cabinet::new(plan.channels)).collect();
    let stations = plans.iter().zip(&cabinets).map(|(plan, part)| Station::new(plan, part.clone())).collect();
    let line = LockLine::lay(&folder.path().join("line"), 9600, stations).unwrap();
    cabinets[1].force_open(24).unwrap();
    let mut port = open(&line.path());
    ask(&mut port, &hex("80 01 00 33 B2"), &hex("80 01 FF FF FF 33 4D"));
    ask(&mut port, &hex("80 02 00 33 B1"), &hex("80 02 7F FF FF 33 CE"));
    ask(&mut port, &hex("90 06 05 01 01 03"), &hex("90 07 85 01 01 01 03"));
    ask(&mut port, &hex("11 05 02 02 00 03 2F 23"), &hex("11 05 02 02 00 03 2F 23"));
    let opened: Vec<usize> = cabinets.iter().map(|part| part.pulses().len()).collect();
    assert_eq!(opened, [0, 0, 1, 1]);
    assert!(cabinets[2].is_open(1) && cabinets[3].is_open(3));
}

#[test]
fn a_frame_to_all_locks_would_show() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(24);
    let board =
        LockLine::shuoming(&folder.path().join("b"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    ask(&mut open(&board.path()), &hex("8A 01 00 11 9A"), &hex("8A 01 00 11 9A"));
    assert_eq!(cabinet.supply().most_energised_together(), 24);
    assert!((1..=24).all(|channel| cabinet.is_open(channel)));
}

#[test]
fn a_lock_that_is_held_on_would_show_and_all_off_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let plan = BoardPlan::usual(BoardFamily::ModbusRelay);
    let cabinet = Cabinet::new(plan.channels);
    let stations = vec![Station::new(&plan, cabinet.clone())];
    let line = LockLine::lay(&folder.path().join("b"), 9600, stations).unwrap();
    let mut port = open(&line.path());
    ask(&mut port, &hex("01 05 00 02 FF 00 2D FA"), &hex("01 05 00 02 FF 00 2D FA"));
    let on = hex("01 01 01 04 50 4B");
    ask(&mut port, &hex("01 01 00 00 00 08 3D CC"), &on);
    ask(&mut port, &hex("01 05 00 FF 00 00 FD FA"), &hex("01 05 00 FF 00 00 FD FA"));
    ask(&mut port, &hex("01 01 00 00 00 08 3D CC"), &hex("01 01 01 00 51 88"));
}

#[test]
fn frames_that_are_spoilt_or_for_another_board_move_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(24);
    let board =
        LockLine::shuoming(&folder.path().join("b"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
    let mut port = open(&board.path());
    for spoilt in ["8A 01 07 11 9C", "8A 02 07 11 9E", "8A 01 07 11", "8A 01 07 11 9D 00", "9A 02 07 11 8E"] {
        let heard = board.subscribe(8);
        port.write_all(&hex(spoilt)).unwrap();
        // Once the board has heard it, its quiet gap has passed and it is done with.
        assert_eq!(heard.recv().unwrap().hex(), spoilt);
    }
    ask(&mut port, &hex("80 01 00 33 B2"), &hex("80 01 FF FF FF 33 4D"));
    assert_eq!(cabinet.pulses().len(), 0);
}

#[test]
fn a_wkly_board_tells_of_a_door_that_moves_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let plan = BoardPlan::usual(BoardFamily::Wkly);
    let cabinet = Cabinet::new(plan.channels);
    let stations = vec![Station::new(&plan, cabinet.clone())];
    let line = LockLine::lay(&folder.path().join("b"), 9600, stations).unwrap();
    let mut port = open(&line.path());
    // The board is there once it answers.
    ask(&mut port, &hex("57 4B 4C 59 09 00 83 01 82"), &hex("57 4B 4C 59 0B 00 83 00 01 01 81"));
    let mut told = vec![0; 10];
    cabinet.force_open(2).unwrap();
    port.read_exact(&mut told).unwrap();
    assert_eq!(as_hex(&told), "57 4B 4C 59 0A 00 85 02 00 84");
    cabinet.push_shut(2).unwrap();
    port.read_exact(&mut told).unwrap();
    assert_eq!(as_hex(&told), "57 4B 4C 59 0A 00 85 02 01 85");
}

#[test]
fn a_line_passes_its_bytes_at_its_own_speed() {
    let folder = tempfile::tempdir().unwrap();
    for (baud, least_ms) in [(9600, 12.4), (19_200, 6.2)] {
        let plan = BoardPlan::usual(BoardFamily::KerongCu48);
        let stations = vec![Station::new(&plan, Cabinet::new(48))];
        let line = LockLine::lay(&folder.path().join("b"), baud, stations).unwrap();
        let events = line.subscribe(8);
        let mut port = open(&line.path());
        ask(&mut port, &hex("02 00 00 50 03 55"), &hex("02 00 00 65 FF FF FF FF FF FF 03 64"));
        let answer = events.iter().nth(1).unwrap();
        // Twelve bytes of ten bits, and the pace may lag but never run ahead.
        assert!(answer.took.as_secs_f64() * 1e3 > least_ms, "{baud} Bd: {:?}", answer.took);
    }
}
