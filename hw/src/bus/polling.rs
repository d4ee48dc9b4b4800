//! Which question is asked next: fast for the doors that a person is dealing with, slow for the rest, and never so much
//! that the wire is full.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Lock;

/// From one reading of a watched door to the next; leaves room for a transaction within 100 ms.
const WATCHED_EVERY: Duration = Duration::from_millis(70);
const OTHERS_EVERY: Duration = Duration::from_secs(1);
/// The same for a board that has reported a door by itself: there, polling only proves what was reported.
const REPORTED_EVERY: Duration = Duration::from_secs(2);
/// A reading this long overdue goes before a watched one, but never twice in a row.
const OVERDUE: Duration = Duration::from_secs(2);
/// Failures in a row after which a bank counts as lost.
const LOST_AFTER: u32 = 3;
/// First wait after a failure; doubled by each, so that one bad answer leaves no gap of 500 ms in the readings.
const FIRST_BACK_OFF: Duration = Duration::from_millis(120);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(4);
/// The same while a person deals with one of its doors.
const LONGEST_BACK_OFF_WATCHED: Duration = Duration::from_millis(500);
/// After a poll the wire is left alone for a quarter of the time that it took: polling fills at most four fifths of it.
const REST_IS_ONE_IN: u32 = 4;

/// When which bank is asked what.
pub(super) struct Polling {
    questions: Vec<Question>,
    banks: Vec<Health>,
    watched: Vec<Lock>,
    rests_until: Instant,
    last_was_watched: bool,
}

/// One question to one bank.
struct Question {
    bank: usize,
    number: u8,
    /// What its answer told of when it last came; not known before.
    covers: Option<BTreeSet<u8>>,
    due: Instant,
    asked: Instant,
    /// Its last answer waits for a second that says the same.
    again: bool,
}

/// How well a bank answers.
struct Health {
    /// Its number in the profile.
    index: u8,
    failures: u32,
    lost: bool,
    /// The next answer may be a late one to an earlier question: it proves life, but is no reading.
    suspect: bool,
    not_before: Instant,
    reports: bool,
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It may be a late one: not a reading. The question is asked again.
    Suspect,
    Reading {
        /// The bank had been lost until now.
        was_lost: bool,
    },
}

/// A question to ask now: the position of its bank, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    position: usize,
    pub(super) bank: usize,
    pub(super) number: u8,
}

impl Polling {
    /// All questions of all banks are due at once. `banks` are the numbers in the profile, with how many questions each takes.
    pub(super) fn new(banks: impl IntoIterator<Item = (u8, u8)>, start: Instant) -> Self {
        let mut polling = Self {
            questions: Vec::new(),
            banks: Vec::new(),
            watched: Vec::new(),
            rests_until: start,
            last_was_watched: true,
        };
        for (position, (index, questions)) in banks.into_iter().enumerate() {
            let question = |number| Question {
                bank: position,
                number,
                covers: None,
                due: start,
                asked: start,
                again: false,
            };
            polling.questions.extend((0..questions.max(1)).map(question));
            polling.banks.push(Health {
                index,
                failures: 0,
                lost: false,
                suspect: true,
                not_before: start,
                reports: false,
            });
        }
        polling
    }

    /// Takes in which doors a person is dealing with.
    pub(super) fn watch(&mut self, watched: &[Lock], now: Instant) {
        if self.watched == watched {
            return;
        }
        self.watched = watched.to_vec();
        let Self { questions, banks, watched, .. } = self;
        for question in questions {
            let Some(bank) = banks.get_mut(question.bank) else { continue };
            if question.is_watched(bank.index, watched) {
                question.due = question.due.min(question.asked + WATCHED_EVERY);
                if bank.failures > 0 {
                    bank.not_before = bank.not_before.min(now + FIRST_BACK_OFF);
                }
            }
        }
    }

    fn is_watched(&self, question: &Question) -> bool {
        self.banks.get(question.bank).is_some_and(|bank| question.is_watched(bank.index, &self.watched))
    }

    fn due(&self, question: &Question) -> Instant {
        self.banks.get(question.bank).map_or(question.due, |bank| question.due.max(bank.not_before))
    }

    /// The question to ask now, if one is due: one that a person waits for first, but none is forgotten over it.
    pub(super) fn next(&mut self, now: Instant) -> Option<Due> {
        if now < self.rests_until {
            return None;
        }
        let due = self.questions.iter().enumerate().filter(|(_, question)| self.due(question) <= now);
        let order = |question: &Question| {
            let due = self.due(question);
            // Watched and overdue questions take turns; the others come after them.
            let turn = match (self.is_watched(question), due + OVERDUE <= now) {
                (true, _) => u8::from(self.last_was_watched),
                (false, true) => u8::from(!self.last_was_watched),
                (false, false) => 2,
            };
            (!question.again, turn, due)
        };
        let (position, question) = due.min_by_key(|(_, question)| order(question))?;
        let due = Due { position, bank: question.bank, number: question.number };
        self.last_was_watched = self.is_watched(question);
        Some(due)
    }

    /// When [`Polling::next`] will have something; none without banks.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.questions.iter().map(|question| self.due(question)).min().map(|due| due.max(self.rests_until))
    }

    /// Whether a bank has failed to answer and not answered since.
    pub(super) fn is_failing(&self, bank: usize) -> bool {
        self.banks.get(bank).is_some_and(|bank| bank.failures > 0)
    }

    /// Whether what a bank says by itself counts: not while it fails to answer.
    pub(super) fn is_believed(&self, bank: usize) -> bool {
        self.banks.get(bank).is_some_and(|bank| !bank.lost && bank.failures == 0)
    }

    /// The wire was taken by a poll.
    pub(super) fn took(&mut self, started: Instant, ended: Instant) {
        self.rests_until = ended + ended.saturating_duration_since(started) / REST_IS_ONE_IN;
    }

    /// An answer came that tells of these channels.
    pub(super) fn answered(
        &mut self,
        due: Due,
        started: Instant,
        now: Instant,
        covers: BTreeSet<u8>,
    ) -> Answered {
        let Self { questions, banks, watched, .. } = self;
        let (Some(question), Some(bank)) = (questions.get_mut(due.position), banks.get_mut(due.bank)) else {
            return Answered::Suspect;
        };
        bank.not_before = now;
        if std::mem::take(&mut bank.suspect) {
            // No end of the failures: a board whose every answer is late would neither be read nor ever be lost.
            question.due = now;
            return Answered::Suspect;
        }
        bank.failures = 0;
        question.again = false;
        question.covers = Some(covers);
        question.asked = started;
        question.due = started
            + match (question.is_watched(bank.index, watched), bank.reports) {
                (true, _) => WATCHED_EVERY,
                (false, false) => OTHERS_EVERY,
                (false, true) => REPORTED_EVERY,
            };
        Answered::Reading { was_lost: std::mem::take(&mut bank.lost) }
    }

    /// Channels of a bank that none of its questions tells of; none while one of them was not answered yet.
    pub(super) fn told_by_none(&self, bank: usize, channels: impl Iterator<Item = u8>) -> Vec<u8> {
        let covers: Option<Vec<&BTreeSet<u8>>> = self
            .questions
            .iter()
            .filter(|question| question.bank == bank)
            .map(|question| question.covers.as_ref())
            .collect();
        let told = |channel: &u8| {
            covers.as_ref().is_none_or(|covers| covers.iter().any(|covers| covers.contains(channel)))
        };
        channels.filter(|channel| !told(channel)).collect()
    }

    /// An answer waits for a second that says the same: its question goes before all others.
    pub(super) fn ask_again(&mut self, due: Due, now: Instant) {
        if let Some(question) = self.questions.get_mut(due.position) {
            question.due = now;
            question.again = true;
        }
    }

    /// A poll was broken off for something more urgent: it is made up for at once, and what still comes of it is no reading.
    pub(super) fn gave_way(&mut self, bank: usize) {
        if let Some(bank) = self.banks.get_mut(bank) {
            bank.suspect = true;
        }
    }

    /// A transaction with a bank failed. True when the bank is lost from now on. `somebody_waits`: a person stands before one
    /// of its doors.
    pub(super) fn failed(&mut self, bank: usize, at: Instant, somebody_waits: bool, for_good: bool) -> bool {
        let Some(health) = self.banks.get_mut(bank) else { return false };
        health.failures = health.failures.max(if for_good { LOST_AFTER - 1 } else { 0 }).saturating_add(1);
        health.suspect = true;
        for question in self.questions.iter_mut().filter(|question| question.bank == bank) {
            question.again = false;
        }
        let hurried = somebody_waits || self.watched.iter().any(|lock| lock.bank == health.index);
        let longest = if hurried { LONGEST_BACK_OFF_WATCHED } else { LONGEST_BACK_OFF };
        let doublings = (health.failures - 1).min(8);
        health.not_before = at + (FIRST_BACK_OFF * 2u32.pow(doublings)).min(longest);
        let newly = health.failures >= LOST_AFTER && !health.lost;
        health.lost |= newly;
        newly
    }

    /// Something may have moved on this channel: it is read at once.
    pub(super) fn stir(&mut self, bank: usize, channel: u8, now: Instant) {
        for question in self.questions.iter_mut().filter(|question| question.bank == bank) {
            if question.covers.as_ref().is_none_or(|covers| covers.contains(&channel)) {
                question.due = now;
            }
        }
    }

    /// The board reports doors by itself.
    pub(super) fn reports(&mut self, bank: usize) {
        if let Some(bank) = self.banks.get_mut(bank) {
            bank.reports = true;
        }
    }
}

impl Question {
    fn is_watched(&self, bank: u8, watched: &[Lock]) -> bool {
        watched.iter().any(|lock| {
            lock.bank == bank && self.covers.as_ref().is_none_or(|covers| covers.contains(&lock.channel))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Plays `polling` for so long, each poll taking `took`; gives the time and bank of every poll.
    fn play(polling: &mut Polling, start: Instant, long: Duration, took: Duration) -> Vec<(Duration, usize)> {
        let mut now = start;
        let mut polls = Vec::new();
        while now < start + long {
            match polling.next(now) {
                Some(due) => {
                    polls.push((now - start, due.bank));
                    polling.took(now, now + took);
                    polling.answered(due, now, now + took, (1..=48).collect());
                    now += took;
                }
                None => now = polling.next_at().unwrap().max(now + ms(1)),
            }
        }
        polls
    }

    fn longest_gap(polls: &[(Duration, usize)], bank: usize) -> Duration {
        let of_bank: Vec<Duration> = polls.iter().filter(|poll| poll.1 == bank).map(|poll| poll.0).collect();
        of_bank.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
    }

    #[test]
    fn ten_boards_are_read_each_second_and_the_watched_one_within_100_ms() {
        let start = Instant::now();
        let mut polling = Polling::new((0..10).map(|index| (index, 1)), start);
        play(&mut polling, start, ms(2_000), ms(25));
        polling.watch(&[Lock { bank: 3, channel: 7 }], start + ms(2_000));
        let polls = play(&mut polling, start + ms(2_000), ms(20_000), ms(25));
        assert!(longest_gap(&polls, 3) <= ms(100 + 25), "{:?}", longest_gap(&polls, 3));
        for other in (0..10).filter(|bank| *bank != 3) {
            assert!(longest_gap(&polls, other) <= ms(1_150), "{other}: {:?}", longest_gap(&polls, other));
        }
    }

    #[test]
    fn a_wire_with_more_boards_than_it_has_time_for_is_never_full_and_watched_doors_keep_their_pace() {
        let start = Instant::now();
        let mut polling = Polling::new((0..64).map(|index| (index, 1)), start);
        polling.watch(&[Lock { bank: 9, channel: 1 }], start);
        let took = ms(60);
        let polls = play(&mut polling, start, ms(60_000), took);
        let busy = took * u32::try_from(polls.len()).unwrap();
        assert!(busy <= ms(60_000) * 4 / 5 + took, "polling took {busy:?} of a minute");
        assert!(longest_gap(&polls, 9) <= ms(200), "{:?}", longest_gap(&polls, 9));
        for other in (0..64).filter(|bank| *bank != 9) {
            assert!(longest_gap(&polls, other) < ms(11_000), "{other}: {:?}", longest_gap(&polls, other));
        }
    }

    #[test]
    fn a_bank_that_fails_is_asked_less_and_less_and_soon_where_somebody_waits() {
        let start = Instant::now();
        let mut polling = Polling::new([(0, 1)], start);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let _ = polling.failed(0, start, false, false);
            waits.push(polling.next_at().unwrap() - start);
        }
        assert_eq!(waits[..4], [ms(120), ms(240), ms(480), ms(960)]);
        assert_eq!(waits[7], LONGEST_BACK_OFF);
        polling.watch(&[Lock { bank: 0, channel: 1 }], start);
        assert_eq!(polling.next_at(), Some(start + ms(120)));
        let _ = polling.failed(0, start, false, false);
        assert_eq!(polling.next_at(), Some(start + LONGEST_BACK_OFF_WATCHED));
    }

    #[test]
    fn a_bank_is_lost_once_and_its_first_answer_afterwards_is_no_reading() {
        let start = Instant::now();
        let mut polling = Polling::new([(0, 1)], start);
        let losses: Vec<bool> = (0..6).map(|_| polling.failed(0, start, false, false)).collect();
        assert_eq!(losses, [false, false, true, false, false, false]);
        let due = polling.next(start + ms(60_000)).unwrap();
        let answered = |polling: &mut Polling| polling.answered(due, start, start, BTreeSet::from([1]));
        assert_eq!(answered(&mut polling), Answered::Suspect);
        assert_eq!(answered(&mut polling), Answered::Reading { was_lost: true });
        assert_eq!(answered(&mut polling), Answered::Reading { was_lost: false });
    }

    #[test]
    fn a_bank_whose_answers_are_all_late_is_lost() {
        let start = Instant::now();
        let mut polling = Polling::new([(0, 1)], start);
        let due = polling.next(start).unwrap();
        let losses: Vec<bool> = (0..3)
            .map(|_| {
                let lost = polling.failed(0, start, false, false);
                assert_eq!(polling.answered(due, start, start, BTreeSet::from([1])), Answered::Suspect);
                lost
            })
            .collect();
        assert_eq!(losses, [false, false, true]);
    }

    #[test]
    fn of_a_board_read_in_parts_only_the_part_with_the_watched_door_is_read_fast() {
        let start = Instant::now();
        let mut polling = Polling::new([(0, 2)], start);
        let mut now = start;
        let mut asked = [0, 0];
        while now < start + ms(10_000) {
            if let Some(due) = polling.next(now) {
                asked[usize::from(due.number)] += 1;
                let covers = if due.number == 0 { 1..=8 } else { 9..=16 };
                polling.answered(due, now, now, covers.collect());
                polling.watch(&[Lock { bank: 0, channel: 12 }], now);
            }
            now += ms(5);
        }
        assert!(asked[1] > 100 && asked[0] < 15, "{asked:?}");
        assert_eq!(polling.told_by_none(0, 1..=18), [17, 18], "no answer ever tells of them");
    }

    #[test]
    fn a_question_that_is_asked_again_goes_before_all_others_once() {
        let start = Instant::now();
        let mut polling = Polling::new((0..10).map(|index| (index, 1)), start);
        play(&mut polling, start, ms(900), ms(25));
        polling.watch(&[Lock { bank: 3, channel: 1 }], start + ms(5_000));
        // All are overdue, and one is watched besides.
        let due = polling.questions.iter().position(|question| question.bank == 7).unwrap();
        let due = Due { position: due, bank: 7, number: 0 };
        polling.ask_again(due, start + ms(5_000));
        assert_eq!(polling.next(start + ms(5_000)), Some(due));
        let now = start + ms(5_000);
        polling.answered(due, now, now, BTreeSet::from([1]));
        assert_ne!(polling.next(now), Some(due));
    }

    #[test]
    fn what_a_board_reports_is_asked_for_at_once() {
        let start = Instant::now();
        let mut polling = Polling::new([(0, 1)], start);
        play(&mut polling, start, ms(1_500), ms(20));
        assert!(polling.next_at().unwrap() > start + ms(1_500));
        polling.stir(0, 4, start + ms(1_500));
        assert_eq!(polling.next(start + ms(1_500)).map(|due| due.bank), Some(0));
    }
}
