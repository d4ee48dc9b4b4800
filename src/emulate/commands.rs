//! What a line on the standard input asks for, and what becomes of it.

use std::path::PathBuf;
use std::str::FromStr;

use locker_hw::emulate::{ActError, Fault};

use super::bench::Bench;
use super::wiretap::Wiretap;

/// What is put behind a door where nothing is named.
const SOMETHING: &str = "parcel";
/// No name of a thing is longer.
const LONGEST_NAME: usize = 60;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Doors,
    Boards,
    Faults,
    Open(u16),
    Shut(u16),
    Put(u16, String),
    Take(u16, String),
    Stuck(u16, bool),
    Fault { fault: Fault, on: bool, board: Option<String> },
    Plug(PathBuf),
    ShowAll(bool),
    Nothing,
    Quit,
}

/// What becomes of a command.
pub(super) enum Outcome {
    /// Lines to say.
    Said(Vec<String>),
    /// The end.
    Quit,
}

impl FromStr for Command {
    /// What is wrong, for the person who typed it.
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let thing = |words: &[&str]| match words.join(" ") {
            none if none.is_empty() => SOMETHING.to_owned(),
            name => name.chars().take(LONGEST_NAME).collect(),
        };
        Ok(match words[..] {
            [] => Self::Nothing,
            ["help" | "?"] => Self::Help,
            ["doors"] => Self::Doors,
            ["boards"] => Self::Boards,
            ["faults"] => Self::Faults,
            ["open", door] => Self::Open(number(door)?),
            ["shut" | "close", door] => Self::Shut(number(door)?),
            ["put", door, ref what @ ..] => Self::Put(number(door)?, thing(what)),
            ["take", door, ref what @ ..] => Self::Take(number(door)?, thing(what)),
            ["stuck", door] => Self::Stuck(number(door)?, true),
            ["loose", door] => Self::Stuck(number(door)?, false),
            ["fault", name, switch, ref board @ ..] if board.len() <= 1 => {
                let fault: Fault = name.parse().map_err(|error| format!("{error}"))?;
                Self::Fault { fault, on: on(switch)?, board: board.first().map(|id| (*id).to_owned()) }
            }
            ["plug", path] => Self::Plug(PathBuf::from(path)),
            ["all", switch] => Self::ShowAll(on(switch)?),
            ["quit" | "exit"] => Self::Quit,
            _ => return Err(format!("\"{}\" is not understood; help tells what is", line.trim())),
        })
    }
}

fn number(word: &str) -> Result<u16, String> {
    word.parse().map_err(|_| format!("\"{word}\" is no number of a door"))
}

fn on(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("\"{word}\" is neither on nor off")),
    }
}

impl Bench {
    /// Does it, and gives what there is to say.
    pub(super) fn obey(&self, command: Command, wiretap: &Wiretap) -> Outcome {
        let said = match command {
            Command::Help => Ok(help()),
            Command::Doors => Ok(self.table()),
            Command::Boards => Ok(self.boards()),
            Command::Faults => Ok(self.faults()),
            Command::Open(door) => self.act(door, |doors, channel| {
                doors.force_open(channel)?;
                Ok(format!("door {door} is open, and its lock did not do it"))
            }),
            Command::Shut(door) => self.act(door, |doors, channel| {
                doors.push_shut(channel)?;
                Ok(format!("door {door} is shut"))
            }),
            Command::Put(door, what) => self.act(door, |doors, channel| {
                doors.put(channel, what.clone())?;
                Ok(format!("{what} is behind door {door}"))
            }),
            Command::Take(door, what) => self.act(door, |doors, channel| {
                doors.take(channel, &what)?;
                Ok(format!("{what} is taken out of door {door}"))
            }),
            Command::Stuck(door, stuck) => self.act(door, |doors, channel| {
                doors.jam(channel, stuck)?;
                Ok(format!("the bolt of door {door} {}", if stuck { "sticks" } else { "moves again" }))
            }),
            Command::Fault { fault, on, board } => self.switch(fault, on, board.as_deref()),
            Command::Plug(path) => self.plug(&path),
            Command::ShowAll(all) => {
                wiretap.show_all(all);
                Ok(Vec::new())
            }
            Command::Nothing => Ok(Vec::new()),
            Command::Quit => return Outcome::Quit,
        };
        Outcome::Said(said.unwrap_or_else(|what| vec![what]))
    }

    fn act(
        &self,
        door: u16,
        act: impl FnOnce(&locker_hw::emulate::Cabinet, u8) -> Result<String, ActError>,
    ) -> Result<Vec<String>, String> {
        let (doors, channel) = self.door(door).ok_or_else(|| self.no_such_door(door))?;
        act(doors, channel).map(|said| vec![said]).map_err(|error| match error {
            ActError::DoorClosed { .. } => format!("door {door} is closed: open it first"),
            ActError::NotInside { item, .. } => format!("{item} is not behind door {door}"),
            ActError::NoSuchDoor { .. } => self.no_such_door(door),
        })
    }

    fn no_such_door(&self, door: u16) -> String {
        let known = self.doors.keys().next().zip(self.doors.keys().next_back());
        let (first, last) = known.unwrap_or((&0, &0));
        format!("there is no door {door}; the doors are {first} to {last}")
    }

    fn switch(&self, fault: Fault, on: bool, board: Option<&str>) -> Result<Vec<String>, String> {
        match board {
            None => self.cabinet.fault(fault, on),
            Some(id) => {
                let position = self.boards.iter().position(|board| board.id == id).ok_or_else(|| {
                    let known: Vec<&str> = self.boards.iter().map(|board| board.id.as_str()).collect();
                    format!("there is no board \"{id}\"; there is {}", known.join(", "))
                })?;
                self.cabinet.fault_of(position, fault, on);
            }
        }
        Ok(vec![if on { format!("{fault}: {}", fault.what()) } else { format!("{fault}: no longer") }])
    }

    fn plug(&self, path: &std::path::Path) -> Result<Vec<String>, String> {
        let mut lines = self.cabinet.lines();
        let (Some((port, line)), None) = (lines.next(), lines.next()) else {
            return Err("there are several ports: which one is meant cannot be said here".to_owned());
        };
        line.plug_in(path);
        Ok(vec![format!("{port} = {:?}", path.display().to_string())])
    }

    fn table(&self) -> Vec<String> {
        let row = |number: &u16| {
            let (doors, channel) = self.door(*number)?;
            let truth = doors.look(channel).ok()?;
            let (board, _) = self.doors.get(number)?;
            let mut row = format!(
                "door {number:>3}  {:<6}  {} channel {channel}",
                if truth.open { "open" } else { "closed" },
                self.boards.get(*board)?.id
            );
            if truth.jammed {
                row.push_str("  stuck");
            }
            if truth.pulses > 0 {
                row.push_str(&format!("  energised {} times", truth.pulses));
            }
            if !truth.inside.is_empty() {
                row.push_str(&format!("  inside: {}", truth.inside.join(", ")));
            }
            Some(row)
        };
        self.doors.keys().filter_map(row).collect()
    }

    fn faults(&self) -> Vec<String> {
        let on: Vec<Fault> =
            self.cabinet.lines().flat_map(|(_, line)| line.faults()).map(|(_, fault)| fault).collect();
        let line = |fault: Fault| {
            let switched = if on.contains(&fault) { "on " } else { "off" };
            format!("{:<15} {switched}  {}", fault.name(), fault.what())
        };
        Fault::ALL.into_iter().map(line).collect()
    }
}

fn help() -> Vec<String> {
    [
        "doors                        how every door is",
        "boards                       which boards there are",
        "faults                       what can be wrong, and what is",
        "open 3      shut 3           a hand opens door 3 without its lock, or pushes it shut",
        "put 3       take 3           something is put behind door 3, or taken out; a name may follow",
        "stuck 3     loose 3          the bolt of door 3 no longer moves, or moves again",
        "fault silent on              a fault begins, everywhere; \"off\" ends it; a board's name may follow",
        "plug /tmp/other              the adapter is plugged in again, and is found under another name",
        "all on                       show also what is asked all day; \"off\" shows it only when it is news",
        "quit",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_or_answered_with_what_is_wrong() {
        let parsed = |line: &str| line.parse::<Command>();
        assert_eq!(parsed("open 3"), Ok(Command::Open(3)));
        assert_eq!(parsed("  put 12  blue  box "), Ok(Command::Put(12, "blue box".to_owned())));
        assert_eq!(parsed("take 12"), Ok(Command::Take(12, SOMETHING.to_owned())));
        assert_eq!(parsed(""), Ok(Command::Nothing));
        for fault in Fault::ALL {
            let expected = Command::Fault { fault, on: true, board: Some("left".to_owned()) };
            assert_eq!(parsed(&format!("fault {fault} on left")), Ok(expected));
        }
        assert!(parsed("open door").unwrap_err().contains("no number"));
        assert!(parsed("fault sleepy on").unwrap_err().contains("swapped-wiring"));
        assert!(parsed("fault silent maybe").unwrap_err().contains("neither on nor off"));
        assert!(parsed("dance").unwrap_err().contains("help"));
    }
}
