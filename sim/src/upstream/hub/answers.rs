//! One request, one answer: what sync asks, in the bytes in which it asks.

use locker_crypto::VerifyingKey;
use locker_engine::sync::{Ask, Lane, Method};
use locker_protocol::enrol::TransportCertificate;
use locker_protocol::seal::{Sealed, from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{
    Batch, Changes, Held, Hello, HelloAnswer, Standing, TokenAnswer, TokenProof, TokenRequest,
};

use super::mischief::About;
use super::{Hub, Question, Reply};
use crate::upstream::AskId;

/// The longest wait for a change, in seconds.
const MAX_WAIT_S: u64 = 55;
/// Tokens under which a stranger may have spoken live only this long, in seconds.
const TOKEN_LIVES_AMONG_STRANGERS_S: u32 = 60 * 60;

/// What became of a request.
pub(crate) enum Heard {
    /// This goes back.
    Answered(Reply),
    /// It waits for a change.
    Waits,
}

impl Hub {
    /// A request arrived. One that `may_wait` is answered by [`Hub::replies`] where there is nothing to say yet.
    pub(crate) fn hear(&mut self, ask: AskId, lane: Lane, request: &Ask, may_wait: bool) -> Heard {
        if self.now_ms < self.down_until_ms {
            return Heard::Answered(Reply::Down);
        }
        if self.chance.one_in(self.busy_one_in) {
            return Heard::Answered(Reply::Status(503));
        }
        let body = &request.body;
        let bearer = request.bearer.as_deref();
        let (about, reply) = match (request.method, request.path.as_str()) {
            (Method::Post, "/locker/v1/enrol") => (About::Enrolment, self.enrol(body)),
            (Method::Get, "/locker/v1/nonce") => (About::Nonce, self.nonce()),
            (Method::Post, "/locker/v1/token") => (About::Token, self.token(body)),
            (Method::Post, "/locker/v1/hello") => (About::Hello, self.hello(bearer, body)),
            (Method::Post, "/locker/v1/events") => (About::Events, self.events(bearer, body)),
            (Method::Get, path) => match asked_after(path) {
                Some((after, wait_s)) => match self.changes(bearer, after) {
                    Reply::Ok(changes) if changes.is_empty() && may_wait => {
                        let until_ms = self.now_ms + wait_s.min(MAX_WAIT_S) * 1_000;
                        self.questions.push(Question { ask, lane, after, until_ms });
                        return Heard::Waits;
                    }
                    Reply::Ok(changes) if changes.is_empty() => (About::Changes, Reply::Ok(no_changes())),
                    reply => (About::Changes, reply),
                },
                None => (About::Nonce, self.no_such_thing(path)),
            },
            (Method::Post, path) => (About::Nonce, self.no_such_thing(path)),
        };
        Heard::Answered(self.said_by_whom(about, reply))
    }

    /// The answers to held questions that are due now.
    pub(crate) fn replies(&mut self) -> Vec<(AskId, Lane, Reply)> {
        let mut replies: Vec<_> =
            self.dropped.drain(..).map(|(ask, lane)| (ask, lane, Reply::Down)).collect();
        let rung = std::mem::take(&mut self.rung);
        let (now_ms, mut at) = (self.now_ms, 0);
        while let Some(Question { ask, lane, after, until_ms }) = self.questions.get(at) {
            let (ask, lane, after, is_over) = (*ask, *lane, *after, *until_ms <= now_ms);
            let reply = if rung { self.changes_after(after) } else { Reply::Ok(Vec::new()) };
            let reply = match reply {
                Reply::Ok(changes) if changes.is_empty() && !is_over => {
                    at += 1;
                    continue;
                }
                Reply::Ok(changes) if changes.is_empty() => Reply::Ok(no_changes()),
                reply => reply,
            };
            self.questions.remove(at);
            let reply = self.said_by_whom(About::Changes, reply);
            replies.push((ask, lane, reply));
        }
        replies
    }

    fn no_such_thing(&mut self, path: &str) -> Reply {
        self.complain(&format!("sync asks for {path}, which is none of the hub's"));
        Reply::Status(404)
    }

    fn nonce(&mut self) -> Reply {
        let unix_s = self.unix_s();
        Reply::Ok(to_bytes(&self.sessions.give_nonce(&mut self.chance, unix_s)))
    }

    fn token(&mut self, body: &[u8]) -> Reply {
        let Ok(request) = from_bytes::<TokenRequest>(body) else {
            self.complain("what was said for a token is no request");
            return Reply::Status(422);
        };
        let journal_key = VerifyingKey(self.books.journal_key);
        let certificate: TransportCertificate = match unseal(&request.certificate.0, &journal_key) {
            Ok(certificate) => certificate,
            Err(why) => return self.forged("sync's certificate", &why.to_string()),
        };
        let proof: TokenProof = match unseal(&request.proof.0, &VerifyingKey(certificate.transport_key)) {
            Ok(proof) => proof,
            Err(why) => return self.forged("sync's proof", &why.to_string()),
        };
        if certificate.locker != self.locker || proof.locker != self.locker {
            return self.forged("sync's certificate", "it is another locker's");
        }
        let unix_s = self.unix_s();
        if self.sessions.use_nonce(&proof.hub_nonce, unix_s).is_err() {
            return Reply::Status(409);
        }
        let lives_s = if self.mischief.one_in == 0 {
            self.token_lives_s
        } else {
            self.token_lives_s.min(TOKEN_LIVES_AMONG_STRANGERS_S)
        };
        let (token, hub_nonce) = self.sessions.open(&mut self.chance, unix_s + u64::from(lives_s));
        Reply::Ok(to_bytes(&TokenAnswer { token, lives_s, hub_nonce }))
    }

    fn hello(&mut self, bearer: Option<&str>, body: &[u8]) -> Reply {
        let unix_s = self.unix_s();
        let Some(session) = bearer.and_then(|token| self.sessions.find(token, unix_s)).cloned() else {
            return Reply::Status(401);
        };
        match &session.hello {
            Some((hello, answer)) if hello == body => return Reply::Ok(answer.clone()),
            Some(_) => return Reply::Status(409),
            None => {}
        }
        let hello: Hello = match self.unsealed("a hello", body) {
            Ok(hello) => hello,
            Err(reply) => return reply,
        };
        if hello.locker != self.locker {
            return self.forged("a hello", "it is another locker's");
        }
        if hello.hub_nonce != session.nonce {
            return Reply::Status(409);
        }
        let (held, standing) = self.meet_journal(&hello);
        let (generation, standing) = match standing {
            // The journal that follows says hello again, and hears of its cursor then.
            Standing::Forked => (self.generation(), Standing::Forked),
            Standing::InStep | Standing::CursorUnknown => self.meet_cursor(&hello),
        };
        let (locker, kiosk_nonce) = (self.locker, hello.kiosk_nonce);
        let answer = HelloAnswer { locker, kiosk_nonce, unix_s, generation, held, standing };
        let answer = seal(&answer, &self.signing);
        if let Some(token) = bearer {
            self.sessions.greet(token, body, &answer);
        }
        Reply::Ok(answer)
    }

    fn events(&mut self, bearer: Option<&str>, body: &[u8]) -> Reply {
        let unix_s = self.unix_s();
        let Some(session) = bearer.and_then(|token| self.sessions.find(token, unix_s)).cloned() else {
            return Reply::Status(401);
        };
        let batch: Batch = match self.unsealed("a batch", body) {
            Ok(batch) => batch,
            Err(reply) => return reply,
        };
        if batch.locker != self.locker {
            return self.forged("a batch", "it is another locker's");
        }
        if batch.hub_nonce != session.nonce {
            return Reply::Status(409);
        }
        if session.hello.is_none() {
            self.complain("a batch came before the hello of its session");
            return Reply::Status(401);
        }
        match self.take(&batch) {
            Ok(up_to) => {
                let held = Held {
                    locker: self.locker,
                    journal: batch.journal,
                    up_to,
                    kiosk_nonce: batch.kiosk_nonce,
                };
                Reply::Ok(seal(&held, &self.signing))
            }
            Err(reply) => reply,
        }
    }

    fn changes(&mut self, bearer: Option<&str>, after: u64) -> Reply {
        match bearer.and_then(|token| self.sessions.find(token, self.unix_s())) {
            Some(_) => self.changes_after(after),
            None => Reply::Status(401),
        }
    }

    /// The changes after a cursor; an empty body for none.
    fn changes_after(&mut self, after: u64) -> Reply {
        match self.after(after) {
            Ok(changes) if changes.is_empty() => Reply::Ok(Vec::new()),
            Ok(changes) => Reply::Ok(to_bytes(&Changes { changes })),
            Err(reply) => reply,
        }
    }

    fn unsealed<T: Sealed>(&mut self, what: &str, bytes: &[u8]) -> Result<T, Reply> {
        unseal(bytes, &VerifyingKey(self.books.journal_key))
            .map_err(|why| self.forged(what, &why.to_string()))
    }

    fn forged(&mut self, what: &str, why: &str) -> Reply {
        self.complain(&format!("{what}: {why}"));
        Reply::Status(403)
    }

    /// The hub says it, or a stranger in its place.
    fn said_by_whom(&mut self, about: About, reply: Reply) -> Reply {
        match reply {
            Reply::Ok(body) if self.chance.one_in(self.mischief.one_in) => {
                Reply::Ok(self.said_by_a_stranger(about, body))
            }
            Reply::Ok(body) => {
                if about == About::Events && self.mischief.one_in > 0 {
                    self.mischief.overhear(&body);
                }
                Reply::Ok(body)
            }
            reply => reply,
        }
    }
}

fn no_changes() -> Vec<u8> {
    to_bytes(&Changes::default())
}

/// Which changes are asked for, and for how long the answer may wait, in seconds.
fn asked_after(path: &str) -> Option<(u64, u64)> {
    let (after, wait_s) = path.strip_prefix("/locker/v1/changes?after=")?.split_once("&wait_s=")?;
    Some((after.parse().ok()?, wait_s.parse().ok()?))
}
