//! How many files a process may have open.

use std::error::Error;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process needs beside its connections.
const OTHERS: u64 = 200;

/// Raises the limit for this process and those that it starts.
pub fn allow(connections: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let needed = u64::from(connections) + OTHERS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if maximum.is_some_and(|maximum| maximum < needed) {
        return Err(format!(
            "{needed} open files are needed and {maximum:?} allowed here: raise `ulimit -Hn`"
        )
        .into());
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })?;
    Ok(())
}
