//! The hub in a process of its own, so that its memory and its time are its own.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use locker_hub::{HubOptions, serve as serve_hub};
use tokio::sync::oneshot;

/// The first argument that makes this program the hub.
pub const SERVE: &str = "serve";
/// More than any run of this example opens.
const MAX_CONNECTIONS: usize = 200_000;

/// Serves until the standard input ends.
pub fn serve(folder: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut options = HubOptions::new(folder.join("hub.db"), ([127, 0, 0, 1], 0).into(), Arc::new(now));
    options.max_connections = MAX_CONNECTIONS;
    let (bound, listens) = oneshot::channel();
    options.bound = Some(bound);
    // As `locker hub` does it.
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        tokio::spawn(async move {
            if let Ok(address) = listens.await {
                println!("{address}");
            }
        });
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = end.send(());
        });
        serve_hub(options, async {
            let _ = ended.await;
        })
        .await
    })?;
    Ok(())
}

/// The running hub. Dropping it ends it.
pub struct HubProcess {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl HubProcess {
    pub fn start(folder: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("the hub has no output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()? })
    }

    /// Its proportional share of memory, and what of it is resident, in bytes.
    pub fn memory(&self) -> Result<Memory, Box<dyn Error + Send + Sync>> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let bytes = |name: &str| -> Result<u64, Box<dyn Error + Send + Sync>> {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)).ok_or("a field is missing")?;
            Ok(line.split_whitespace().next().ok_or("a figure is missing")?.parse::<u64>()? * 1024)
        };
        Ok(Memory { pss: bytes("Pss:")?, rss: bytes("Rss:")? })
    }

    /// The processor's time that it has used so far, in the kernel and outside.
    pub fn time_used(&self) -> Result<Duration, Box<dyn Error + Send + Sync>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
        let (_, fields) = stat.rsplit_once(')').ok_or("a stat without a name")?;
        let mut times = fields.split_whitespace().skip(11);
        let mut ticks = || -> Result<u64, Box<dyn Error + Send + Sync>> {
            Ok(times.next().ok_or("a stat without times")?.parse()?)
        };
        Ok(Duration::from_millis((ticks()? + ticks()?) * 1000 / rustix::param::clock_ticks_per_second()))
    }
}

/// Of a process, in bytes.
pub struct Memory {
    pub pss: u64,
    pub rss: u64,
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take().map(|mut input| input.flush()));
        let _ = self.child.wait();
    }
}
