//! Nonces, tokens and hellos: what the hub's process knows and forgets when it ends.

use std::collections::BTreeMap;

use locker_protocol::Nonce;

use crate::chance::Chance;

/// How long a nonce may be used after it was given, in seconds.
const NONCE_LIVES_S: u64 = 60;
/// How many nonces may wait for their use.
const MAX_NONCES: usize = 64;
/// How many tokens count at a time; the oldest give way.
const MAX_TOKENS: usize = 4;

/// All of it.
#[derive(Default)]
pub(super) struct Sessions {
    nonces: BTreeMap<Nonce, u64>,
    open: Vec<Session>,
    opened: u64,
    /// The latest session that said hello: what an earlier one says of its journal is old.
    greeted: u64,
}

/// What a token opened.
#[derive(Clone)]
pub(super) struct Session {
    token: String,
    number: u64,
    expires_unix_s: u64,
    pub(super) nonce: Nonce,
    /// The hello that it said, and how it was answered.
    pub(super) hello: Option<(Vec<u8>, Vec<u8>)>,
}

/// Why a nonce does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct StaleNonce;

impl Sessions {
    pub(super) fn give_nonce(&mut self, chance: &mut Chance, unix_s: u64) -> Nonce {
        let nonce = Nonce(chance.bytes());
        // Those of a clock that has jumped never become fresh again; room is made for what comes.
        self.nonces.retain(|_, given_unix_s| is_fresh(*given_unix_s, unix_s));
        while self.nonces.len() >= MAX_NONCES {
            self.nonces.pop_first();
        }
        self.nonces.insert(nonce, unix_s);
        nonce
    }

    /// Uses a nonce up.
    pub(super) fn use_nonce(&mut self, nonce: &Nonce, unix_s: u64) -> Result<(), StaleNonce> {
        match self.nonces.remove(nonce) {
            Some(given_unix_s) if is_fresh(given_unix_s, unix_s) => Ok(()),
            _ => Err(StaleNonce),
        }
    }

    /// Opens a session: its token and nonce.
    pub(super) fn open(&mut self, chance: &mut Chance, expires_unix_s: u64) -> (String, Nonce) {
        self.opened += 1;
        let token = format!("{:016x}{:016x}", chance.any(), chance.any());
        let nonce = Nonce(chance.bytes());
        if self.open.len() >= MAX_TOKENS {
            self.open.remove(0);
        }
        self.open.push(Session {
            token: token.clone(),
            number: self.opened,
            expires_unix_s,
            nonce,
            hello: None,
        });
        (token, nonce)
    }

    /// The session of a token.
    pub(super) fn find(&self, token: &str, unix_s: u64) -> Option<&Session> {
        self.open.iter().find(|session| session.token == token && session.expires_unix_s > unix_s)
    }

    /// Whether a later session has said hello.
    pub(super) fn is_superseded(&self, session: &Session) -> bool {
        session.number < self.greeted
    }

    /// A session said hello.
    pub(super) fn greet(&mut self, token: &str, hello: &[u8], answer: &[u8]) {
        if let Some(session) = self.open.iter_mut().find(|session| session.token == token) {
            self.greeted = self.greeted.max(session.number);
            session.hello = Some((hello.to_vec(), answer.to_vec()));
        }
    }

    /// Ends all of them: who comes next has to say hello.
    pub(super) fn end_all(&mut self) {
        self.open.clear();
    }
}

/// A nonce of the future was not given yet.
fn is_fresh(given_unix_s: u64, unix_s: u64) -> bool {
    unix_s.checked_sub(given_unix_s).is_some_and(|age_s| age_s <= NONCE_LIVES_S)
}
