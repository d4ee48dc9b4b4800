//! The power fails: what of all that was not promised is on the card.
//!
//! The system writes sectors from its memory whenever it likes. So of each sector that was changed there is some version: the safe
//! one, the newest, or any between, whatever became of its neighbours. The same holds for a file's length and for names. Only cutting
//! a file short is in order with the rest, as every file system has it: nothing of before comes back once it is on the card, and
//! nothing that was written after it is there without it.

use std::collections::BTreeMap;
use std::sync::Weak;

use super::locks::FileLocks;
use super::state::{Change, File, Folder, Node, State, Waiting, put};
use super::{Card, Loss};
use crate::chance::Chance;

/// One sector in so many that are being written when the power fails is neither old nor new, on a card without safe overwriting.
const SPOILT_ONE_IN: u64 = 8;

struct Cut<'a> {
    chance: &'a mut Chance,
    loss: Loss,
    /// The newest change on the disk.
    last_step: u64,
    sector: usize,
    spoils: bool,
    /// Changes promised by these syncs or earlier ones are safe.
    safe_up_to: u64,
}

impl State {
    /// Decides what is on the card, and starts again with that.
    pub(super) fn cut(&mut self, chance: &mut Chance, loss: Loss) {
        let window = match self.device.card {
            Card::Honest => 0,
            // It does not lie every time.
            Card::Lying { .. } if loss == Loss::Arbitrary && chance.one_in(2) => 0,
            Card::Lying { window_syncs } => window_syncs,
        };
        let files = self.nodes.iter().filter_map(|node| match node {
            Node::File(file) => file.waiting.last().map(|waiting| waiting.step),
            Node::Folder(folder) => folder.waiting.last().map(|change| change.step),
            Node::Gone => None,
        });
        let mut cut = Cut {
            last_step: files.max().unwrap_or(0),
            chance,
            loss,
            sector: self.device.sector_bytes,
            spoils: !self.device.safe_overwrite,
            safe_up_to: self.counts.syncs.saturating_sub(window),
        };
        for node in &mut self.nodes {
            match node {
                Node::File(file) => cut.file(file),
                Node::Folder(folder) => cut.folder(folder),
                Node::Gone => {}
            }
        }
        self.generation += 1;
        self.off = false;
        self.stop = None;
        self.sweep();
        self.used = self.nodes.iter().fold(0, |sum, node| match node {
            Node::File(file) => sum + file.content.len() as u64,
            Node::Folder(_) | Node::Gone => sum,
        });
    }
}

impl Cut<'_> {
    fn is_safe(&self, promised: u64) -> bool {
        promised != 0 && promised <= self.safe_up_to
    }

    /// How many of `all` changes are on the card, of which the first `safe` must be.
    fn any_version(&mut self, safe: usize, all: usize) -> usize {
        match self.chance.below(4) {
            0 => safe,
            1 => all,
            _ => safe + usize::try_from(self.chance.below((all - safe) as u64 + 1)).unwrap_or(0),
        }
    }

    fn folder(&mut self, folder: &mut Folder) {
        let mut names = std::mem::take(&mut folder.safe);
        for change in folder.waiting.drain(..) {
            let there = self.is_safe(change.promised)
                || match self.loss {
                    Loss::Everything => false,
                    Loss::Nothing => true,
                    Loss::HalfOfTheLast => change.step != self.last_step,
                    Loss::AllButTheLast => change.step == self.last_step,
                    Loss::Arbitrary => self.chance.one_in(2),
                };
            if there {
                change.apply(&mut names);
            }
        }
        folder.names.clone_from(&names);
        folder.safe = names;
    }

    fn file(&mut self, file: &mut File) {
        (file.handles, file.held, file.locks, file.index) = (0, false, FileLocks::default(), Weak::new());
        if file.waiting.is_empty() {
            return;
        }
        let newest_length = file.content.len();
        let changes = file.take_back();
        let safe = changes.iter().take_while(|(waiting, _)| self.is_safe(waiting.promised)).count();
        let mut lengths: Vec<usize> = changes.iter().map(|(waiting, _)| waiting.was_long).collect();
        lengths.push(newest_length);
        let longest = lengths.iter().copied().max().unwrap_or(0);

        let bounds = self.bounds(&changes, safe);
        let versions = self.versions(&changes, &bounds, longest);
        let length = self.length(&changes, &lengths, &bounds);
        let mut content = std::mem::take(&mut file.content);
        content.resize(longest, 0);
        for (number, (waiting, bytes)) in changes.iter().enumerate() {
            let (from, to) = touched(waiting, longest);
            let mut at = from;
            while at < to {
                let sector = at / self.sector;
                let end = to.min((sector + 1) * self.sector);
                if versions.get(&sector).is_some_and(|version| number < *version) {
                    match waiting.change {
                        Change::Write { .. } => {
                            put(&mut content, at, bytes.get(at - from..end - from).unwrap_or_default());
                        }
                        Change::Length(_) => {
                            content.get_mut(at..end).into_iter().for_each(|bytes| bytes.fill(0));
                        }
                    }
                }
                at = end;
            }
        }
        if self.spoils && matches!(self.loss, Loss::Arbitrary | Loss::HalfOfTheLast) {
            self.spoil(&changes, safe, &mut content);
        }
        content.resize(length, 0);
        file.content = content;
    }

    /// Which of the times that the file was cut short is the last one on the card, and what that means for all else.
    fn bounds(&mut self, changes: &[(Waiting, Vec<u8>)], safe: usize) -> Bounds {
        let all = changes.len();
        let is_last = |(waiting, _): &(Waiting, Vec<u8>)| waiting.step == self.last_step;
        let has_last = changes.last().is_some_and(is_last);
        let mut cuts: Vec<usize> = Vec::new();
        for (number, (waiting, _)) in changes.iter().enumerate() {
            if matches!(waiting.change, Change::Length(length) if length < waiting.was_long) {
                cuts.push(number);
            }
        }
        let safe_cuts = cuts.iter().filter(|number| **number < safe).count();
        let taken = match self.loss {
            Loss::Everything => safe_cuts,
            Loss::Nothing => cuts.len(),
            // It takes no half of it.
            Loss::HalfOfTheLast if has_last && cuts.last() == Some(&(all - 1)) => {
                (cuts.len() - 1).max(safe_cuts)
            }
            Loss::HalfOfTheLast => cuts.len(),
            Loss::AllButTheLast if has_last => cuts.len(),
            Loss::AllButTheLast => safe_cuts,
            Loss::Arbitrary => self.any_version(safe_cuts, cuts.len()),
        };
        Bounds {
            safe,
            cut_short: taken.checked_sub(1).and_then(|taken| cuts.get(taken)).copied(),
            end: cuts.get(taken).copied().unwrap_or(all),
            last: has_last.then(|| all - 1),
        }
    }

    /// Of each changed sector, how many of the changes it has taken in.
    fn versions(
        &mut self,
        changes: &[(Waiting, Vec<u8>)],
        bounds: &Bounds,
        longest: usize,
    ) -> BTreeMap<usize, usize> {
        let sectors = |(from, to): (usize, usize), size: usize| from / size..to.div_ceil(size);
        let size = self.sector;
        let last = bounds.last.and_then(|last| changes.get(last));
        let of_last = last.map_or(0..0, |(waiting, _)| sectors(touched(waiting, longest), size));
        let half = of_last.start + of_last.len().div_ceil(2);
        let cut_short = bounds.cut_short.and_then(|number| changes.get(number));
        let of_cut = cut_short.map_or(0..0, |(waiting, _)| sectors(touched(waiting, longest), size));
        let mut versions = BTreeMap::new();
        for (waiting, _) in changes {
            for sector in sectors(touched(waiting, longest), size) {
                versions.entry(sector).or_insert_with(|| {
                    let after_cut = bounds.cut_short.filter(|_| of_cut.contains(&sector));
                    let low = after_cut.map_or(bounds.safe, |number| bounds.safe.max(number + 1));
                    let high = bounds.end.max(low);
                    let without_last = bounds.last.map_or(high, |last| high.min(last)).max(low);
                    match self.loss {
                        Loss::Everything => low,
                        Loss::Nothing => high,
                        // A single sector is written or not: then it is not.
                        Loss::HalfOfTheLast
                            if of_last.contains(&sector) && (of_last.len() == 1 || sector >= half) =>
                        {
                            without_last
                        }
                        Loss::HalfOfTheLast => high,
                        Loss::AllButTheLast if of_last.contains(&sector) => high,
                        Loss::AllButTheLast => low,
                        Loss::Arbitrary => self.any_version(low, high),
                    }
                });
            }
        }
        versions
    }

    fn length(&mut self, changes: &[(Waiting, Vec<u8>)], lengths: &[usize], bounds: &Bounds) -> usize {
        let low = bounds.cut_short.map_or(bounds.safe, |number| bounds.safe.max(number + 1));
        let high = bounds.end.max(low).min(changes.len());
        let version = match self.loss {
            Loss::Everything => low,
            Loss::Nothing | Loss::HalfOfTheLast => high,
            Loss::AllButTheLast if bounds.last.is_some() => high,
            Loss::AllButTheLast => low,
            Loss::Arbitrary => self.any_version(low, high),
        };
        lengths.get(version).copied().unwrap_or(0)
    }

    /// A sector that was being written is neither what it was nor what it should become.
    fn spoil(&mut self, changes: &[(Waiting, Vec<u8>)], safe: usize, content: &mut [u8]) {
        let Some((waiting, _)) = changes.get(safe..).and_then(|waiting| waiting.last()) else { return };
        let (from, to) = touched(waiting, content.len());
        for sector in from / self.sector..to.div_ceil(self.sector) {
            if self.chance.one_in(SPOILT_ONE_IN) {
                let end = content.len().min((sector + 1) * self.sector);
                if let Some(bytes) = content.get_mut(sector * self.sector..end) {
                    self.chance.fill(bytes);
                }
            }
        }
    }
}

/// Which changes of a file are on the card for certain, and which are not.
struct Bounds {
    /// So many of the first.
    safe: usize,
    /// The number of the last one on the card that cut the file short.
    cut_short: Option<usize>,
    /// Nothing from this number on.
    end: usize,
    /// The number of the disk's last change, if it is this file's.
    last: Option<usize>,
}

/// The first byte that a change touches, and the one behind the last.
fn touched(waiting: &Waiting, longest: usize) -> (usize, usize) {
    match waiting.change {
        Change::Write { at, len } => (at, at + len),
        // What a file is made longer by is zeros anyway.
        Change::Length(length) => (length, waiting.was_long.max(length).min(longest.max(length))),
    }
}
