//! The run: connect, look at the memory and the idle time, announce, print.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use locker_hub::{Scope, create_user_key};
use locker_protocol::LockerId;
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use crate::connection::{Connection, Failure};
use crate::files;
use crate::hub_process::{HubProcess, Memory};
use crate::locker::{Arrival, Locker, WAIT_S};

/// How many lockers join at a time.
const AT_ONCE: u32 = 16;
/// How long the hub is watched while every locker waits.
const IDLE: Duration = Duration::from_secs(30);
const ANNOUNCEMENTS: u32 = 500;
/// No announcement takes longer.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
const BUDGET_BYTES: u64 = 20_000;
const BUDGET_LOCKERS: u32 = 100_000;

pub fn run(count: u32) -> Result<(), Failure> {
    files::allow(count)?;
    let folder = tempfile::tempdir()?;
    let hub = HubProcess::start(folder.path())?;
    let now_unix_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let key = create_user_key(&folder.path().join("hub.db"), "operator", Scope::Operator, now_unix_s)?;
    // One thread: the other core is the hub's.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&hub, count, &key))
}

async fn measure(hub: &HubProcess, count: u32, key: &str) -> Result<(), Failure> {
    let polls = Arc::new(AtomicU64::new(0));
    let (arrives, mut arrivals) = channel(1024);
    let mut waiting = JoinSet::new();
    let mut operator = Connection::open(hub.address, 0).await?;

    // The first locker makes the hub allocate what it needs once.
    let first = Locker::join(hub.address, 0, &mut operator, key).await?;
    let mut ids = vec![first.id];
    waiting.spawn(first.wait_for_changes(Arc::clone(&polls), arrives.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = hub.memory()?;

    let began = Instant::now();
    connect(hub.address, count, key, &polls, &arrives, &mut waiting, &mut ids).await?;
    println!(
        "{} lockers enrolled, signed in and waiting, {} connections; it took {:.0} s",
        ids.len(),
        ids.len(),
        began.elapsed().as_secs_f64()
    );
    let idle = idle(hub, &polls, &mut waiting).await?;
    let after = hub.memory()?;
    print_memory(&before, &after, count);
    print_idle(&idle, count);
    announcements(&mut operator, key, &ids, &mut arrivals, &mut waiting).await
}

async fn connect(
    hub: SocketAddr,
    count: u32,
    key: &str,
    polls: &Arc<AtomicU64>,
    arrives: &Sender<Arrival>,
    waiting: &mut JoinSet<Failure>,
    ids: &mut Vec<LockerId>,
) -> Result<(), Failure> {
    let mut joining: JoinSet<Result<(Locker, Connection), Failure>> = JoinSet::new();
    let mut operators = VecDeque::new();
    for _ in 0..AT_ONCE {
        operators.push_back(Connection::open(hub, 0).await?);
    }
    let mut indexes = 1..count;
    loop {
        while let Some(mut operator) = operators.pop_front() {
            let Some(index) = indexes.next() else { break };
            let key = key.to_owned();
            joining.spawn(async move {
                let locker = Locker::join(hub, index, &mut operator, &key).await?;
                Ok((locker, operator))
            });
        }
        let Some(joined) = joining.join_next().await else { return Ok(()) };
        let (locker, operator) = joined??;
        operators.push_back(operator);
        ids.push(locker.id);
        waiting.spawn(locker.wait_for_changes(Arc::clone(polls), arrives.clone()));
        none_failed(waiting)?;
    }
}

/// A locker only stops waiting when something failed.
fn none_failed(waiting: &mut JoinSet<Failure>) -> Result<(), Failure> {
    match waiting.try_join_next() {
        Some(failure) => Err(failure?),
        None => Ok(()),
    }
}

/// What the hub did while every locker waited.
struct Idle {
    watched: Duration,
    used: Duration,
    polls: u64,
}

async fn idle(hub: &HubProcess, polls: &AtomicU64, waiting: &mut JoinSet<Failure>) -> Result<Idle, Failure> {
    let (began, used, polled) = (Instant::now(), hub.time_used()?, polls.load(Ordering::Relaxed));
    tokio::time::sleep(IDLE).await;
    none_failed(waiting)?;
    Ok(Idle {
        watched: began.elapsed(),
        used: hub.time_used()?.saturating_sub(used),
        polls: polls.load(Ordering::Relaxed) - polled,
    })
}

fn print_memory(before: &Memory, after: &Memory, count: u32) {
    let mib = |bytes: u64| bytes / 1024 / 1024;
    println!("\nthe hub's memory, with one locker: {} MiB PSS, {} MiB RSS", mib(before.pss), mib(before.rss));
    println!("with {count}: {} MiB PSS, {} MiB RSS", mib(after.pss), mib(after.rss));
    let others = u64::from(count).saturating_sub(1).max(1);
    println!(
        "a waiting locker: {} bytes PSS, {} bytes RSS   budget <= {BUDGET_BYTES} bytes (idle, without TLS)",
        after.pss.saturating_sub(before.pss) / others,
        after.rss.saturating_sub(before.rss) / others,
    );
    println!(
        "extrapolated, not measured: {BUDGET_LOCKERS} lockers, {} MiB PSS; the kernel's share of a connection is in none of this",
        mib(before.pss + after.pss.saturating_sub(before.pss) / others * u64::from(BUDGET_LOCKERS)),
    );
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn print_idle(idle: &Idle, count: u32) {
    let polls_a_second = idle.polls as f64 / idle.watched.as_secs_f64();
    let share = idle.used.as_secs_f64() / idle.watched.as_secs_f64();
    println!(
        "\nidle, {:.0} s: {polls_a_second:.0} polls a second renewed, {:.1} % of a core, {:.0} us a poll",
        idle.watched.as_secs_f64(),
        share * 100.0,
        idle.used.as_secs_f64() * 1e6 / (idle.polls.max(1) as f64),
    );
    // All of the time is put on the polls, although some of it would be there without them.
    let all = f64::from(BUDGET_LOCKERS) / WAIT_S as f64;
    println!(
        "extrapolated, not measured: {BUDGET_LOCKERS} lockers, {all:.0} polls a second, {:.0} % of a core   budget: 2 cores",
        all * idle.used.as_secs_f64() / (idle.polls.max(1) as f64) * 100.0,
    );
    if count < BUDGET_LOCKERS {
        println!("(their enrolment, journals and announcements come on top)");
    }
}

async fn announcements(
    operator: &mut Connection,
    key: &str,
    ids: &[LockerId],
    arrivals: &mut Receiver<Arrival>,
    waiting: &mut JoinSet<Failure>,
) -> Result<(), Failure> {
    let (mut answered, mut arrived) = (Vec::new(), Vec::new());
    let step = (ids.len() / ANNOUNCEMENTS as usize).max(1);
    for (turn, id) in ids.iter().step_by(step).take(ANNOUNCEMENTS as usize).enumerate() {
        let body = json!({
            "locker": id.0, "tenant": 7, "label": format!("LABEL {turn}"), "size": "M",
            "retention_s": 86_400, "recipient": format!("customer {turn}"),
        });
        let began = Instant::now();
        operator.post_json(key, "/v1/parcels", &body).await?;
        answered.push(began.elapsed());
        let arrival = tokio::time::timeout(ARRIVES_WITHIN, arrivals.recv()).await?.ok_or("nobody waits")?;
        if arrival.locker != *id {
            return Err(format!("locker {} got a change for {}", arrival.locker.0, id.0).into());
        }
        arrived.push(arrival.at.saturating_duration_since(began));
        none_failed(waiting)?;
    }
    println!("\n{} announcements, one after another, fsync included", arrived.len());
    for (what, times) in
        [("answered to who announces", &mut answered), ("arrived at the waiting locker", &mut arrived)]
    {
        times.sort_unstable();
        println!("  {what}: p50 {:.1} ms, p99 {:.1} ms", at(times, 50), at(times, 99));
    }
    Ok(())
}

/// A percentile of sorted times, in milliseconds.
fn at(times: &[Duration], percent: usize) -> f64 {
    let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
