//! Claims: which locker shows which.

use locker_crypto::enrol;
use locker_protocol::claim::Claim;
use locker_protocol::enrol::EnrolRequest;
use locker_protocol::seal::{from_bytes, to_bytes};

use super::{Hub, Reply};

/// How long a claim waits for its locker, in seconds.
const CLAIM_LIVES_S: u64 = 24 * 60 * 60;

/// The claim that a person gave to the hub last, and what came of it.
#[derive(Clone, Default)]
pub(super) struct Claims {
    waiting: Option<(Claim, u64)>,
    answered: Option<(Vec<u8>, Vec<u8>)>,
}

impl Hub {
    /// A person brings the claim that the kiosk shows. Says whether it is one.
    ///
    /// The keys that are agreed by it are drawn by the operating system: a history that begins so is not the same twice.
    pub fn claim(&mut self, text: &str) -> bool {
        let unix_s = self.unix_s();
        match Claim::parse(text) {
            Ok(claim) => {
                self.books.claims.waiting = Some((claim, unix_s));
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn enrol(&mut self, body: &[u8]) -> Reply {
        if let Some((request, answer)) = &self.books.claims.answered
            && request == body
        {
            // The answer may have been lost on its way.
            return Reply::Ok(answer.clone());
        }
        let Ok(request) = from_bytes::<EnrolRequest>(body) else {
            self.complain("what was said for enrolment is no request");
            return Reply::Status(422);
        };
        let Some((claim, claimed_unix_s)) = &self.books.claims.waiting else { return Reply::Status(404) };
        if enrol::claim_hash(claim) != request.claim
            || self.unix_s().saturating_sub(*claimed_unix_s) > CLAIM_LIVES_S
        {
            return Reply::Status(404);
        }
        match enrol::answer(claim, &request, self.locker, self.signing.public_key()) {
            Ok((answer, code_key)) => {
                let answer = to_bytes(&answer);
                self.books.code_key = code_key;
                self.books.journal_key = request.journal_key;
                self.books.claims.waiting = None;
                self.books.claims.answered = Some((body.to_vec(), answer.clone()));
                Reply::Ok(answer)
            }
            Err(why) => {
                self.complain(&format!("an enrolment request: {why}"));
                Reply::Status(403)
            }
        }
    }
}
