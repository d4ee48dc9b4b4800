//! A cabinet's profile, as somebody wrote it.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use locker_hw::profile;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let profile = match profile::parse(text, "cabinet.toml") {
        Ok(profile) => profile,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
            return;
        }
    };
    let (mut locks, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for compartment in &profile.compartments {
        let bank = &profile.banks[usize::from(compartment.lock.bank)];
        assert!((1..=bank.channels).contains(&compartment.lock.channel));
        assert!(locks.insert(compartment.lock), "two doors on one lock");
        assert!(numbers.insert(compartment.number), "two doors of one number");
    }
    for bank in &profile.banks {
        let limits = bank.family.limits();
        assert!(limits.addresses.contains(&bank.address) && bank.channels <= limits.channels);
        assert!((1..=profile::LONGEST_PULSE_MS).contains(&bank.pulse_ms));
        let Some(board) = bank.family.board(bank) else { continue };
        for channel in (1..=bank.channels).filter_map(std::num::NonZeroU8::new) {
            assert!(!board.unlock_request(channel).is_empty(), "a door that cannot be opened");
        }
    }
});
