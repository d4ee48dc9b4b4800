//! How the property tests draw: the same cases in every run, and broken versions of good bytes.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same cases in every run.
pub fn fixed(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x10c4e5),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// One way to break a message: what is done, where (as a share of its length), and with which byte.
#[derive(Debug, Clone, Copy)]
pub enum Break {
    Set(u16, u8),
    Insert(u16, u8),
    Remove(u16),
    Cut(u16),
}

pub fn breaks() -> impl Strategy<Value = Vec<Break>> {
    let one = prop_oneof![
        4 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Break::Set(at, byte)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Break::Insert(at, byte)),
        1 => any::<u16>().prop_map(Break::Remove),
        1 => any::<u16>().prop_map(Break::Cut),
    ];
    proptest::collection::vec(one, 1..4)
}

pub fn broken(bytes: &[u8], breaks: &[Break]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for break_ in breaks {
        let (Break::Set(share, _) | Break::Insert(share, _) | Break::Remove(share) | Break::Cut(share)) =
            *break_;
        let at = usize::from(share) * bytes.len() / (usize::from(u16::MAX) + 1);
        match *break_ {
            Break::Insert(_, byte) => bytes.insert(at, byte),
            _ if bytes.is_empty() => {}
            Break::Set(_, byte) => bytes[at] = byte,
            Break::Remove(_) => drop(bytes.remove(at)),
            Break::Cut(_) => bytes.truncate(at),
        }
    }
    bytes
}
