//! Nonces, tokens and hellos: what the hub's process knows and forgets when it ends.

use std::collections::BTreeMap;

use locker_protocol::Nonce;

use crate::chance::Chance;

/// How long a nonce may be used after it was given, in seconds.
const NONCE_LIVES_S: u64 = 60;
/// How many nonces may wait for their use.
const MAX_NONCES: usize = 64;

/// All of it.
#[derive(Default)]
pub(super) struct Sessions {
    nonces: BTreeMap<Nonce, u64>,
    /// One at a time: sync chooses when the kiosk's signed words arrive, and with two could hand over a hello of the one
    /// after the journal has gone on in the other.
    open: Option<Session>,
}

/// What a token opened.
#[derive(Clone)]
pub(super) struct Session {
    token: String,
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

    /// Opens a session, which ends the one before: its token and nonce.
    pub(super) fn open(&mut self, chance: &mut Chance, expires_unix_s: u64) -> (String, Nonce) {
        let token = format!("{:016x}{:016x}", chance.any(), chance.any());
        let nonce = Nonce(chance.bytes());
        self.open = Some(Session { token: token.clone(), expires_unix_s, nonce, hello: None });
        (token, nonce)
    }

    /// The session of a token.
    pub(super) fn find(&self, token: &str, unix_s: u64) -> Option<&Session> {
        self.open.as_ref().filter(|session| session.token == token && session.expires_unix_s > unix_s)
    }

    /// A session said hello.
    pub(super) fn greet(&mut self, token: &str, hello: &[u8], answer: &[u8]) {
        if let Some(session) = self.open.as_mut().filter(|session| session.token == token) {
            session.hello = Some((hello.to_vec(), answer.to_vec()));
        }
    }

    /// Ends it: who comes next has to say hello.
    pub(super) fn end(&mut self) {
        self.open = None;
    }
}

/// A nonce of the future was not given yet.
fn is_fresh(given_unix_s: u64, unix_s: u64) -> bool {
    unix_s.checked_sub(given_unix_s).is_some_and(|age_s| age_s <= NONCE_LIVES_S)
}
