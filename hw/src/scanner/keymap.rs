//! From keys to bytes: the keys of a US keyboard, as scanners type them unless they are told otherwise.

/// ASCII's "substitute": stands for a key that no scanner presses, so that what was scanned ends as unreadable.
pub(super) const SUBSTITUTE: u8 = 0x1A;

/// What a key did, as in Linux's input-event-codes.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The key's code (`KEY_*`).
    pub(super) code: u16,
    /// Pressed; otherwise released. A repetition counts as neither.
    pub(super) pressed: bool,
}

/// Turns keys into bytes. Only what is held down is remembered.
#[derive(Debug, Default)]
pub(super) struct Keymap {
    shift: Held,
    control: Held,
    /// Alt and the like: whatever they make of a key is no character of ours.
    foreign: Held,
    caps_lock: bool,
}

/// The left and the right of two keys.
#[derive(Debug, Default, Clone, Copy)]
struct Held([bool; 4]);

impl Held {
    fn set(&mut self, which: usize, pressed: bool) {
        if let Some(held) = self.0.get_mut(which) {
            *held = pressed;
        }
    }

    fn any(self) -> bool {
        self.0.contains(&true)
    }
}

impl Keymap {
    /// The byte that a key gives; none for a release, and for a key that only changes others.
    pub(super) fn byte(&mut self, key: Key) -> Option<u8> {
        let Key { code, pressed } = key;
        match code {
            LEFT_SHIFT => self.shift.set(0, pressed),
            RIGHT_SHIFT => self.shift.set(1, pressed),
            LEFT_CONTROL => self.control.set(0, pressed),
            RIGHT_CONTROL => self.control.set(1, pressed),
            LEFT_ALT => self.foreign.set(0, pressed),
            RIGHT_ALT => self.foreign.set(1, pressed),
            LEFT_META => self.foreign.set(2, pressed),
            RIGHT_META => self.foreign.set(3, pressed),
            CAPS_LOCK => self.caps_lock ^= pressed,
            NUM_LOCK => {}
            _ if pressed => return Some(self.typed(code)),
            _ => {}
        }
        None
    }

    fn typed(&self, code: u16) -> u8 {
        if matches!(code, ENTER | KEYPAD_ENTER) {
            return b'\r';
        }
        let known = PLAIN.iter().find(|(of, ..)| *of == code);
        let Some((_, plain, shifted)) = known.copied() else { return SUBSTITUTE };
        match (self.foreign.any(), self.control.any()) {
            (true, _) => SUBSTITUTE,
            // Scanners press Ctrl and ] for GS, which parts the fields of a GS1 code.
            (false, true) if plain == b']' => 0x1D,
            (false, true) => SUBSTITUTE,
            (false, false) => {
                let upper = self.shift.any() != (self.caps_lock && plain.is_ascii_alphabetic());
                if upper { shifted } else { plain }
            }
        }
    }
}

// Linux's input-event-codes.h.
const ENTER: u16 = 28;
const LEFT_CONTROL: u16 = 29;
const LEFT_SHIFT: u16 = 42;
const RIGHT_SHIFT: u16 = 54;
const LEFT_ALT: u16 = 56;
const CAPS_LOCK: u16 = 58;
const NUM_LOCK: u16 = 69;
const KEYPAD_ENTER: u16 = 96;
const RIGHT_CONTROL: u16 = 97;
const RIGHT_ALT: u16 = 100;
const LEFT_META: u16 = 125;
const RIGHT_META: u16 = 126;

/// Code, character, and the character with shift, row by row; then the keypad, with its numbers on.
const PLAIN: [(u16, u8, u8); 63] = [
    (41, b'`', b'~'),
    (2, b'1', b'!'),
    (3, b'2', b'@'),
    (4, b'3', b'#'),
    (5, b'4', b'$'),
    (6, b'5', b'%'),
    (7, b'6', b'^'),
    (8, b'7', b'&'),
    (9, b'8', b'*'),
    (10, b'9', b'('),
    (11, b'0', b')'),
    (12, b'-', b'_'),
    (13, b'=', b'+'),
    (16, b'q', b'Q'),
    (17, b'w', b'W'),
    (18, b'e', b'E'),
    (19, b'r', b'R'),
    (20, b't', b'T'),
    (21, b'y', b'Y'),
    (22, b'u', b'U'),
    (23, b'i', b'I'),
    (24, b'o', b'O'),
    (25, b'p', b'P'),
    (26, b'[', b'{'),
    (27, b']', b'}'),
    (30, b'a', b'A'),
    (31, b's', b'S'),
    (32, b'd', b'D'),
    (33, b'f', b'F'),
    (34, b'g', b'G'),
    (35, b'h', b'H'),
    (36, b'j', b'J'),
    (37, b'k', b'K'),
    (38, b'l', b'L'),
    (39, b';', b':'),
    (40, b'\'', b'"'),
    (43, b'\\', b'|'),
    (44, b'z', b'Z'),
    (45, b'x', b'X'),
    (46, b'c', b'C'),
    (47, b'v', b'V'),
    (48, b'b', b'B'),
    (49, b'n', b'N'),
    (50, b'm', b'M'),
    (51, b',', b'<'),
    (52, b'.', b'>'),
    (53, b'/', b'?'),
    (57, b' ', b' '),
    (55, b'*', b'*'),
    (71, b'7', b'7'),
    (72, b'8', b'8'),
    (73, b'9', b'9'),
    (74, b'-', b'-'),
    (75, b'4', b'4'),
    (76, b'5', b'5'),
    (77, b'6', b'6'),
    (78, b'+', b'+'),
    (79, b'1', b'1'),
    (80, b'2', b'2'),
    (81, b'3', b'3'),
    (82, b'0', b'0'),
    (83, b'.', b'.'),
    (98, b'/', b'/'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::splitter::{Found, Splitter};
    use super::super::{Scan, Unreadable};
    use super::*;

    fn presses(keys: &[u16]) -> Vec<Key> {
        keys.iter().flat_map(|&code| [true, false].map(|pressed| Key { code, pressed })).collect()
    }

    fn with(held: u16, keys: &[u16]) -> Vec<Key> {
        let down = Key { code: held, pressed: true };
        [vec![down], presses(keys), vec![Key { code: held, pressed: false }]].concat()
    }

    fn scans(keys: &[Key]) -> Vec<Scan> {
        let (mut keymap, mut splitter, mut scans) = (Keymap::default(), Splitter::default(), Vec::new());
        let bytes: Vec<u8> = keys.iter().filter_map(|key| keymap.byte(*key)).collect();
        splitter.feed(&bytes, None, |found| match found {
            Found::Scan(scan) => scans.push(scan),
            Found::Reply(_) => panic!("a keyboard replies to nothing"),
        });
        scans
    }

    #[test]
    fn what_a_scanner_types_is_read_with_shift_and_in_either_case() {
        // ]C1 001 GS aB
        let keys = [
            presses(&[27]),
            with(LEFT_SHIFT, &[46]),
            presses(&[2, 11, 11, 2]),
            with(LEFT_CONTROL, &[27]),
            presses(&[30]),
            with(RIGHT_SHIFT, &[48]),
            presses(&[ENTER]),
        ];
        assert_eq!(scans(&keys.concat()), [Scan::Text("]C1001\u{1d}aB".to_owned())]);
    }

    #[test]
    fn a_pass_in_base45_survives_the_keyboard() {
        let text = "0123456789ABCXYZ $%*+-./:";
        let keys: Vec<Key> = text
            .bytes()
            .flat_map(|byte| {
                let (code, plain, _) = PLAIN
                    .iter()
                    .find(|(_, plain, shifted)| byte == *plain || byte == *shifted)
                    .copied()
                    .unwrap();
                if byte == plain { presses(&[code]) } else { with(LEFT_SHIFT, &[code]) }
            })
            .chain(presses(&[KEYPAD_ENTER]))
            .collect();
        assert_eq!(scans(&keys), [Scan::Text(text.to_owned())]);
    }

    #[test]
    fn a_key_that_nobody_expects_makes_the_scan_unreadable_and_the_next_is_read() {
        for strange in [presses(&[59]), presses(&[15]), with(LEFT_ALT, &[79]), with(LEFT_CONTROL, &[46])] {
            let keys = [presses(&[2]), strange, presses(&[3, ENTER, 4, ENTER])].concat();
            let expected = [Scan::Unreadable(Unreadable::ControlByte), Scan::Text("3".to_owned())];
            assert_eq!(scans(&keys), expected);
        }
    }

    #[test]
    fn caps_lock_turns_letters_only() {
        let keys = [presses(&[CAPS_LOCK, 30, 2]), with(LEFT_SHIFT, &[30]), presses(&[ENTER])].concat();
        assert_eq!(scans(&keys), [Scan::Text("A1a".to_owned())]);
    }

    #[test]
    fn every_printable_character_of_ascii_has_a_key_and_no_key_stands_twice() {
        for byte in b' '..=b'~' {
            assert!(PLAIN.iter().any(|(_, plain, shifted)| byte == *plain || byte == *shifted), "{byte}");
        }
        let mut codes: Vec<u16> = PLAIN.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), PLAIN.len());
    }

    proptest! {
        #[test]
        fn any_keys_give_only_text_or_unreadable(keys in proptest::collection::vec((0u16..300, any::<bool>()), 0..400)) {
            let keys: Vec<Key> = keys.into_iter().map(|(code, pressed)| Key { code, pressed }).collect();
            for scan in scans(&keys) {
                if let Scan::Text(text) = scan {
                    let allowed = text.chars().all(|c| c == '\u{1d}' || (' '..='~').contains(&c));
                    prop_assert!(allowed);
                }
            }
        }
    }
}
