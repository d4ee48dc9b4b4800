//! What the rules themselves take: from a code to the decision to pulse, without disk and wire. Budget: 1 ms.

#![allow(clippy::unwrap_used, reason = "a benchmark, with texts of its own")]

use std::collections::BTreeMap;

use locker_core::{Cabinet, Core, Effect, Input, Presented, Spec, State};
use locker_protocol::change::Announcement;
use locker_protocol::event::{Door, Entitled, Outcome, Purpose};
use locker_protocol::{
    Change, CodeTag, CompartmentId, Event, Label, LabelTag, OpeningId, ParcelId, RecipientId, Size, StaffId,
    TenantId,
};

fn main() {
    divan::main();
}

/// A full locker of so many doors, started, with every door seen closed.
fn full_locker(doors: u16) -> Core {
    let spec = Spec { size: Size::S, reachable: true, supply: 0, pulse_ms: 300, cooldown_ms: 500 };
    let compartments: BTreeMap<_, _> = (1..=doors).map(|door| (CompartmentId(door), spec)).collect();
    let mut state = State::default();
    for door in 1..=doors {
        let number = u64::from(door);
        let announcement = Announcement {
            parcel: ParcelId(number),
            tenant: TenantId(1),
            label: Label::new(&format!("LABEL{door}")).unwrap(),
            label_tag: LabelTag(number),
            recipient: RecipientId(number),
            code: tag(door),
            size: Size::S,
            retention_s: 1_000_000,
            reachable: false,
            order: None,
            keep: None,
        };
        state.apply(&Event::Applied { number, change: Change::Announce { announcement } });
        state.apply(&Event::Began {
            opening: OpeningId(number),
            compartment: CompartmentId(door),
            purpose: Purpose::Deposit,
            entitled: Entitled::Courier { staff: StaffId(1), tenant: TenantId(1) },
            goes_in: vec![ParcelId(number)],
            comes_out: Vec::new(),
            baseline: Door::Closed,
        });
        state.apply(&Event::Opened { opening: OpeningId(number) });
        state.apply(&Event::Ended { opening: OpeningId(number), outcome: Outcome::Closed });
    }
    let mut core = Core::new(Cabinet { compartments, ..Cabinet::default() }, state);
    core.handle(0, Input::Started { version: String::new() });
    for door in 1..=doors {
        let compartment = CompartmentId(door);
        core.handle(1, Input::Reading { compartment, door: Door::Closed, sampled_at_ms: 1 });
    }
    // The locks have rested since the start.
    core.handle(60_000, Input::Tick);
    core
}

fn tag(door: u16) -> CodeTag {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&door.to_be_bytes());
    CodeTag(bytes)
}

#[divan::bench(args = [24, 410])]
fn code_to_pulse(bencher: divan::Bencher<'_, '_>, doors: u16) {
    bencher.with_inputs(|| full_locker(doors)).bench_local_values(|mut core| {
        let effects = core.handle(60_001, Input::Presented(Presented::Code(tag(doors))));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Unlock(_))), "{effects:?}");
        core
    });
}

#[divan::bench(args = [24, 410])]
fn tick_with_nothing_due(bencher: divan::Bencher<'_, '_>, doors: u16) {
    let mut core = full_locker(doors);
    bencher.bench_local(|| core.handle(60_002, Input::Tick));
}
