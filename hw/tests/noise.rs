//! Noise on real ports. A program of its own, because it looks at how much memory the process has.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use locker_hw::bus::{Lock, LockBus, Locks};
use locker_hw::emulate::Pty;
use support::banks::{CU16, CU48, RELAYS, SHUOMING, WKLY, at, profile};
use support::{Recorder, Told, clock};

/// The kernel's pages that this process has in memory.
fn resident_kib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4
}

/// Noise on real ports, as fast as they take it: bursts of all lengths, with pauses that end frames. The framing alone is fed an
/// hour of it beside the codecs (`hw/src/bus/line.rs`).
#[test]
fn noise_at_real_ports_is_never_a_reading_nor_a_sign_of_life_and_fills_nothing() {
    const SECONDS: u64 = 12;
    let families = [SHUOMING, CU16, CU48, WKLY, RELAYS];
    let banks: Vec<String> =
        (0..).zip(families).map(|(port, keys): (u8, _)| at(&format!("port{port}"), keys)).collect();
    let profile = profile(&banks.iter().map(|keys| (keys.as_str(), 4, "door")).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let ptys: Vec<Pty> =
        profile.banks.iter().map(|bank| Pty::open(folder.path().join(&bank.port)).unwrap()).collect();
    let ports = profile.banks.iter().zip(&ptys).map(|(bank, pty)| (bank.port.clone(), pty.path().to_owned()));
    let (told, now) = (Recorder::default(), clock());
    let mut locks = Locks::start(&profile, &ports.collect(), now, told.clone()).unwrap();
    // Somebody waits at every door: everything is asked as often as it ever is.
    let watched: Vec<Lock> = (0..5).map(|bank| Lock { bank, channel: 1 }).collect();
    locks.watch(&watched);
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut sent = 0;
    let began = Instant::now();
    let mut settled = None;
    while began.elapsed() < Duration::from_secs(SECONDS) {
        for pty in &ptys {
            let mut burst = [0; 64];
            for byte in &mut burst {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                *byte = random.to_le_bytes()[3];
            }
            let length = usize::from(burst[0] % 64);
            pty.forget_claims();
            sent += pty.say(&burst[..length]);
        }
        std::thread::sleep(Duration::from_millis(u64::from(random.to_le_bytes()[5] % 12)));
        if began.elapsed() > Duration::from_secs(2) {
            settled.get_or_insert_with(resident_kib);
        }
    }
    let grown_kib = resident_kib().saturating_sub(settled.unwrap());
    let heard: Vec<Told> = told.so_far();
    assert!(sent > 20_000, "{sent} bytes of noise");
    assert!(heard.iter().all(|told| matches!(told, Told::Lost { .. })), "{heard:#?}");
    assert!(heard.len() <= 5, "each is lost once: {heard:#?}");
    assert!(grown_kib < 2_048, "{grown_kib} KiB more after {sent} bytes");
}
