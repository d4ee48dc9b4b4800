//! One run of `locker demo`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A demo that runs, and what it has said.
pub struct Run {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
}

impl Run {
    /// Starts `locker demo --headless --keep FOLDER ARGS`.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_locker"))
            .args(["demo", "--headless", "--keep"])
            .arg(folder)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, said: Vec::new() }
    }

    /// Reads on until it says a line of which `so` is true.
    pub fn wait_says(&mut self, so: impl Fn(&str) -> bool) -> String {
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            self.said.push(line.clone());
            if so(&line) {
                return line;
            }
        }
        panic!("the demo ended before it said so:\n{}", self.said());
    }

    /// The numbers of all processes that it has named so far.
    pub fn pids(&self) -> Vec<u32> {
        let mut pids = Vec::new();
        for line in &self.said {
            for part in line.split("pid ").skip(1) {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                pids.extend(digits.parse::<u32>());
            }
        }
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// Everything that it has said so far.
    pub fn said(&self) -> String {
        self.said.join("\n")
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) -> Vec<u32> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.pids()
    }

    /// Reads to its end.
    pub fn finish(mut self) -> (ExitStatus, Vec<String>, Vec<u32>) {
        for line in self.lines.by_ref() {
            self.said.push(line.unwrap());
        }
        let status = self.child.wait().unwrap();
        let pids = self.pids();
        (status, self.said, pids)
    }
}

/// Waits until none of these processes runs `locker` any more.
pub fn wait_gone(pids: &[u32]) {
    let began = Instant::now();
    let runs = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("locker"))
    };
    while let Some(pid) = pids.iter().find(|pid| runs(pid)) {
        assert!(began.elapsed() < Duration::from_secs(10), "process {pid} was left running");
        std::thread::sleep(Duration::from_millis(10));
    }
}
