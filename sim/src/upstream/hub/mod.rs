//! The hub of one locker: it answers the real requests in real bytes, and objects to whatever a strict hub must.
//!
//! | file | subject |
//! |---|---|
//! | `answers` | one request, one answer |
//! | `sessions` | nonces, tokens, hellos: the memory that a restart loses |
//! | `enrolment` | claims |
//! | `journals` | what it holds of the locker's journals, and every objection to them |
//! | `changes` | numbered changes, generations, the full listing |
//! | `parcels` | where it believes each parcel to be |
//! | `desk` | what merchants, operators and staff ask of it |
//! | `mischief` | what a stranger in its place would say |

mod answers;
mod changes;
mod desk;
mod enrolment;
mod journals;
mod mischief;
mod parcels;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use locker_crypto::enrol::Enrolment;
use locker_crypto::{CodeKey, SigningKey};
use locker_engine::sync::{Answer, Lane};
use locker_protocol::code::DIGITS;
use locker_protocol::{Change, LockerId, PickupCode, PublicKey, RecipientId};

pub(crate) use answers::Heard;
pub use desk::{Announced, DepositPass, NewCode, Order};
pub use journals::{HeldEntry, HeldJournal, HistoryBreak};
pub use mischief::{Mischief, Thief};
pub use parcels::Unannounced;

use super::AskId;
use crate::chance::Chance;
use changes::Changes;
use enrolment::Claims;
use journals::Journals;
use parcels::Parcels;
use sessions::Sessions;

/// The hub's time when a history begins, in seconds since 1970, UTC.
pub const BASE_UNIX_S: u64 = 1_795_000_000;
/// How long a token counts unless set otherwise, in seconds.
const TOKEN_LIVES_S: u32 = 6 * 60 * 60;
/// More objections than this tell nothing new.
const MAX_COMPLAINTS: usize = 100;

/// What an enrolment gives a locker.
#[derive(Clone, Debug)]
pub struct HubKeys {
    /// The locker.
    pub locker: LockerId,
    /// The hub's Ed25519 key.
    pub hub_key: PublicKey,
    /// The key of this locker's codes and PINs.
    pub code_key: CodeKey,
    /// The seed of the Ed25519 key that the hub expects under the locker's journal.
    pub journal_seed: [u8; 32],
}

impl HubKeys {
    /// As the engine takes it.
    pub fn enrolment(&self) -> Enrolment {
        Enrolment { locker: self.locker, hub_key: self.hub_key, code_key: self.code_key.clone() }
    }
}

/// What a restart keeps, and what a backup brings back.
#[derive(Clone)]
struct Books {
    code_key: CodeKey,
    journal_key: PublicKey,
    claims: Claims,
    journals: Journals,
    changes: Changes,
    parcels: Parcels,
}

/// A question for changes that is held until there are some.
struct Question {
    ask: AskId,
    lane: Lane,
    after: u64,
    until_ms: u64,
}

/// What goes back for a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    /// 200, with this body.
    Ok(Vec<u8>),
    /// Another status.
    Status(u16),
    /// The connection ends: the hub is not running.
    Down,
}

impl Reply {
    /// As the program takes statuses.
    pub(crate) fn into_answer(self) -> Answer {
        match self {
            Self::Ok(body) => Answer::Ok(body),
            Self::Status(404) => Answer::NotFound,
            Self::Status(401 | 403) => Answer::NotAllowed,
            Self::Status(status @ 400..=499) if status != 408 && status != 429 => Answer::Refused(status),
            Self::Status(_) | Self::Down => Answer::Failed,
        }
    }
}

/// The hub.
pub struct Hub {
    chance: Chance,
    locker: LockerId,
    signing: SigningKey,
    journal_seed: [u8; 32],
    books: Books,
    backup: Option<Box<Books>>,
    sessions: Sessions,
    questions: Vec<Question>,
    /// Questions whose connection ended with the process.
    dropped: Vec<(AskId, Lane)>,
    /// Something that a held question waits for may have come.
    rung: bool,
    down_until_ms: u64,
    now_ms: u64,
    next_parcel: u64,
    /// Every code that was ever given out: none is given twice.
    codes: BTreeSet<String>,
    passes: BTreeMap<RecipientId, String>,
    /// Every change that this hub's key ever signed, by number: also those of lives that it does not remember.
    signed: BTreeMap<u64, Vec<Change>>,
    complaints: Vec<String>,
    breaks: Vec<HistoryBreak>,
    thief: Thief,
    /// Its clock is ahead by so much, in seconds.
    pub clock_offset_s: i64,
    /// How long its tokens count, in seconds.
    pub token_lives_s: u32,
    /// The locker's card may lose what was synced: a break of its history is then no objection, see [`Hub::breaks`].
    pub card_may_lie: bool,
    /// How often it is too busy to answer: once in so many requests; 0 for never.
    pub busy_one_in: u64,
    /// How often a stranger answers in its place.
    pub mischief: Mischief,
}

impl Hub {
    pub(super) fn new(mut chance: Chance, locker: LockerId) -> Self {
        let signing = drawn_key(&mut chance);
        let journal_seed = drawn_seed(&mut chance);
        let journal_key =
            SigningKey::from_seed(&journal_seed).map_or(PublicKey([0; 32]), |key| key.public_key());
        let code_key = CodeKey::from_bytes(chance.bytes());
        let thief = Thief::draw(&mut chance);
        Self {
            locker,
            signing,
            journal_seed,
            books: Books {
                code_key,
                journal_key,
                claims: Claims::default(),
                journals: Journals::default(),
                changes: Changes::default(),
                parcels: Parcels::default(),
            },
            backup: None,
            sessions: Sessions::default(),
            questions: Vec::new(),
            dropped: Vec::new(),
            rung: false,
            down_until_ms: 0,
            now_ms: 0,
            next_parcel: 1,
            codes: BTreeSet::from([thief.code().digits()]),
            passes: BTreeMap::new(),
            signed: BTreeMap::new(),
            complaints: Vec::new(),
            breaks: Vec::new(),
            thief,
            chance,
            clock_offset_s: 0,
            token_lives_s: TOKEN_LIVES_S,
            card_may_lie: false,
            busy_one_in: 0,
            mischief: Mischief::default(),
        }
    }

    /// The key by which the locker signs its journal, pinned at the enrolment.
    pub fn journal_key(&self) -> PublicKey {
        self.books.journal_key
    }

    /// What an enrolment gives the locker.
    pub fn keys(&self) -> HubKeys {
        HubKeys {
            locker: self.locker,
            hub_key: self.signing.public_key(),
            code_key: self.books.code_key.clone(),
            journal_seed: self.journal_seed,
        }
    }

    /// Its time, in seconds since 1970, UTC.
    pub fn unix_s(&self) -> u64 {
        (BASE_UNIX_S + self.now_ms / 1_000).saturating_add_signed(self.clock_offset_s)
    }

    /// Ends its process and starts it again: tokens, nonces and held questions are gone, the books are kept.
    pub fn restart(&mut self) {
        self.sessions = Sessions::default();
        self.dropped.extend(self.questions.drain(..).map(|question| (question.ask, question.lane)));
    }

    /// Like a restart that takes until then, in monotonic milliseconds.
    pub fn go_down(&mut self, until_ms: u64) {
        self.restart();
        self.down_until_ms = self.down_until_ms.max(until_ms);
    }

    /// Puts a copy of the books away.
    pub fn back_up(&mut self) {
        self.backup = Some(Box::new(self.books.clone()));
    }

    /// Ends its process and starts it on the copy that was put away: it does not remember what came after. Says whether
    /// there is a copy.
    pub fn restore(&mut self) -> bool {
        let Some(backup) = &self.backup else { return false };
        self.books = Books::clone(backup);
        self.restart();
        true
    }

    /// What it holds of the locker's journals, in the order in which it met them.
    pub fn journals(&self) -> &[HeldJournal] {
        self.books.journals.all()
    }

    /// Where histories did not go on as they had begun. Of a locker with an honest card they are complaints.
    pub fn breaks(&self) -> &[HistoryBreak] {
        &self.breaks
    }

    /// What a strict hub must object to.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// The codes and the badge of whoever speaks in the hub's place: they must open nothing.
    pub fn thief(&self) -> &Thief {
        &self.thief
    }

    pub(super) fn pass(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    pub(super) fn due_ms(&self) -> Option<u64> {
        if !self.dropped.is_empty() || (self.rung && !self.questions.is_empty()) {
            return Some(self.now_ms);
        }
        self.questions.iter().map(|question| question.until_ms).min()
    }

    /// The connections of these requests ended at their other side.
    pub(super) fn hang_up(&mut self, which: impl Fn(AskId) -> bool) {
        self.questions.retain(|question| !which(question.ask));
    }

    fn complain(&mut self, what: &str) {
        complain(&mut self.complaints, self.now_ms, what);
    }

    /// Notes a break of the locker's history, and objects to it where its card is honest.
    fn note_break(&mut self, what: HistoryBreak) {
        if !self.card_may_lie {
            self.complain(&what.to_string());
        }
        if self.breaks.len() < MAX_COMPLAINTS {
            self.breaks.push(what);
        }
    }
}

/// Adds an objection, with its time, while there are few.
pub(super) fn complain(complaints: &mut Vec<String>, now_ms: u64, what: &str) {
    if complaints.len() < MAX_COMPLAINTS {
        complaints.push(format!("at {now_ms} ms: {what}"));
    }
}

/// A seed that makes a key.
fn drawn_seed(chance: &mut Chance) -> [u8; 32] {
    loop {
        let seed = chance.bytes();
        // Every seed makes one today.
        if SigningKey::from_seed(&seed).is_ok() {
            return seed;
        }
    }
}

fn drawn_key(chance: &mut Chance) -> SigningKey {
    loop {
        if let Ok(key) = SigningKey::from_seed(&drawn_seed(chance)) {
            return key;
        }
    }
}

/// A pickup code, all of which are equally likely.
pub(crate) fn drawn_code(chance: &mut Chance) -> PickupCode {
    loop {
        // Each is a digit, so the first draw is one.
        let digits = [(); DIGITS - 1].map(|()| u8::try_from(chance.below(10)).unwrap_or(0));
        if let Some(code) = PickupCode::from_random(digits) {
            return code;
        }
    }
}
