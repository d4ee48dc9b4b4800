//! Clocks that are years off decide nothing.

use std::time::Duration;

use crate::rig::{HUB_UNIX_S, Rig};

const TWENTY_YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 3_600);

#[test]
fn a_hub_that_jumps_twenty_years_ends_old_badges_and_no_parcel() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    rig.greet(HUB_UNIX_S + TWENTY_YEARS.as_secs());
    let yesterdays = rig.badge(Some(HUB_UNIX_S));
    rig.scan(&yesterdays, "a refusal", |spoken| spoken.contains("badge has ended"));
    // And back again: time that was vouched for does not run backwards.
    rig.greet(HUB_UNIX_S);
    rig.scan(&yesterdays, "a refusal", |spoken| spoken.contains("badge has ended"));
    let pass = rig.pass();
    rig.scan(&pass, "the door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
    rig.take_out(channel, &label);
}

#[test]
fn a_machine_whose_own_clock_jumps_twenty_years_still_gives_out_what_it_holds() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    let channel = rig.deposit(&label);
    rig.later(TWENTY_YEARS);
    let pass = rig.pass();
    rig.scan(&pass, "the door", |spoken| spoken.contains("is open."));
    assert_eq!(rig.open_channel(), channel);
    rig.take_out(channel, &label);
}
