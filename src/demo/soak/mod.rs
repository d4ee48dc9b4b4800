//! The real program for an hour, and months by its clock: does it stay as large as it was?
//!
//! People come and go as in the chaos, but nobody kills. Between two of them half a day passes, so that tokens, badges and
//! retention run out, checkpoints are made and the journal is pruned. First of all a thousand parcels are announced and
//! cancelled: the books remember the last thousand stories, and what grows until then is no leak.
//!
//! | file | subject |
//! |---|---|
//! | [`sample`] | what processes take |
//! | [`series`] | one figure over time |
//! | [`watch`] | all of them, looked at now and then; the table at the end |

mod sample;
mod series;
mod watch;

use std::time::{Duration, Instant};

use serde_json::json;

use super::ClosedIs;
use super::chance::Chance;
use super::crowd::{Crowd, Habits};
use super::error::DemoError;
use super::folder::Folder;
use super::hub_client::text;
use super::people::Place;
use super::stage::{Setting, Stage};
use super::timeline::Timeline;
use super::{tour, verdict};
use watch::Watch;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Stories that the books remember after they are over, and a few more.
const STORIES: u32 = 1_050;
/// Parcels that may be on their way at once while the books are filled.
const AT_ONCE: usize = 50;
/// A badge lives for 90 days; it is renewed before.
const BADGE_EVERY: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Between two people passes at most this; half of it on average.
const MOST_BETWEEN: Duration = DAY;
/// Nobody comes for so long.
const QUIET: Duration = Duration::from_secs(60);
/// Parcels wait for so long, then the courier takes them out again.
const RETENTION_S: u32 = 4 * 24 * 60 * 60;
/// The locker hears of a change within this time.
const REACHES_WITHIN: Duration = Duration::from_secs(120);
/// How people are: quick, and nobody leaves a mess behind.
const HABITS: Habits = Habits { confuse: false, slowness_percent: 40, retention_s: RETENTION_S };

/// What to play.
#[derive(Clone, Copy)]
pub struct Plan {
    /// For how long, by the clock on the wall.
    pub long: Duration,
    /// From which seed.
    pub seed: u64,
    /// What the lock board says of a closed door.
    pub closed_is: ClosedIs,
}

/// Plays; gives whether everything stayed flat.
///
/// # Errors
/// A promise is broken, or a process ended.
pub fn play(plan: Plan, folder: &Folder, timeline: &Timeline) -> Result<bool, DemoError> {
    // The story of hundreds of people is of no interest: the figures are.
    let quiet = Timeline::silent();
    let mut stage = Stage::set(folder, &quiet, plan.closed_is, Setting::default())?;
    tour::join_network(&mut stage)?;
    stage.screen.put_camera_away();
    let began = Instant::now();
    let mut watch = Watch::begin(&stage, timeline.clone());
    let mut crowd = Crowd::new(&mut stage, Chance::new(plan.seed), HABITS)?;
    fill_books(&mut crowd, &mut watch)?;
    watch.says(&format!("the books remember {STORIES} stories; a month passes"));
    // Since when the hub holds what is noted every other day; what it has held for a month may go.
    skip(&mut crowd, &mut watch, DAY * 3)?;
    crowd.courier_brings()?;
    skip(&mut crowd, &mut watch, DAY * 33)?;
    let mut badge_until = Duration::ZERO;
    while began.elapsed() < plan.long {
        if watch.passed() > badge_until {
            badge_until = watch.passed() + BADGE_EVERY;
            crowd.ask_hub(|stage| stage.hire_courier())?;
        }
        crowd.somebody_comes()?;
        crowd.absent_return()?;
        forget(&mut crowd);
        watch.somebody_came();
        let between = crowd.chance.time(MOST_BETWEEN);
        skip(&mut crowd, &mut watch, between)?;
        watch.look_if_due(crowd.stage)?;
    }
    let is_flat = watch.ends(plan.long);
    let verdict = verdict::judge(crowd.stage)?;
    for line in verdict.lines() {
        timeline.plain(&line);
    }
    Ok(is_flat && verdict.is_good())
}

/// Announces parcels and cancels them, until the books remember as many stories that are over as they ever will.
fn fill_books(crowd: &mut Crowd<'_, '_>, watch: &mut Watch) -> Result<(), DemoError> {
    let locker = crowd.stage.locker()?;
    let mut last = String::new();
    for batch in 0..STORIES.div_ceil(u32::try_from(AT_ONCE).unwrap_or(1)) {
        for number in 0..AT_ONCE {
            let label = crowd.stage.people.next_label();
            let body = json!({
                "locker": locker,
                "label": label,
                "recipient": format!("nobody {batch} {number}"),
                "size": "S",
                "retention_s": RETENTION_S,
            });
            let answer = crowd.ask_hub(|stage| stage.api.post(&stage.carrier, "/v1/parcels", &body))?;
            last = text(&answer, "parcel")?;
            let cancel = format!("/v1/parcels/{last}/cancel");
            crowd.ask_hub(|stage| stage.api.post(&stage.carrier, &cancel, &json!({})))?;
        }
        let path = format!("/v1/parcels/{last}");
        crowd.until("the locker to cancel what was announced", REACHES_WITHIN, |stage| {
            Ok((stage.api.get(&stage.carrier, &path)?["state"] == "cancelled").then_some(()))
        })?;
        watch.look_if_due(crowd.stage)?;
    }
    Ok(())
}

/// Lets time pass while nobody is there. The last minute of it is a quiet one: what was due is recorded before, and the kiosk
/// does what it leaves for when nobody is there.
fn skip(crowd: &mut Crowd<'_, '_>, watch: &mut Watch, long: Duration) -> Result<(), DemoError> {
    for (long, looks) in [(long, Duration::from_millis(200)), (QUIET, Duration::from_millis(700))] {
        crowd.stage.clock.skip(long)?;
        watch.time_passed(long);
        crowd.waits(looks)?;
    }
    Ok(())
}

/// People forget what is over: only the locker's own memory is of interest.
fn forget(crowd: &mut Crowd<'_, '_>) {
    let over: Vec<String> = crowd
        .stage
        .people
        .items()
        .filter(|item| {
            item.place == Place::Home || crowd.confused.contains(&item.label) && item.place == Place::Van
        })
        .map(|item| item.label.clone())
        .collect();
    for label in over {
        crowd.stage.people.forget(&label);
        crowd.confused.remove(&label);
        crowd.recalled.remove(&label);
        crowd.unheard.remove(&label);
    }
}
