//! A stranger between sync and hub who answers in the hub's place. It knows everything but the hub's key, and holds what
//! the hub once signed, for this locker and for others. The kiosk must not be moved by it.

use std::collections::VecDeque;

use locker_crypto::SigningKey;
use locker_protocol::change::{Role, Staff};
use locker_protocol::code::pin_tag;
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{Changes, Held, HelloAnswer, SealedBytes, Standing, TokenAnswer};
use locker_protocol::{
    Change, LockerId, Nonce, Numbered, ParcelId, Pass, PickupCode, Receipt, RecipientId, Right, Sign,
    StaffId, TenantId,
};

use super::{Hub, drawn_code, drawn_key};
use crate::chance::Chance;

/// What a captive portal says to everything.
const PORTAL: &[u8] = b"<!doctype html><title>Welcome</title><p>Please accept our terms";
/// Nobody's number at this hub.
const THIEF: StaffId = StaffId(4_000_000_001);
/// How many acknowledgements a stranger keeps for later.
const MAX_OVERHEARD: usize = 32;

/// How often a stranger answers.
#[derive(Clone, Debug, Default)]
pub struct Mischief {
    /// Once in so many answers; 0 for never.
    pub one_in: u64,
    /// Acknowledgements that went by, of this journal and of earlier ones: the latest.
    overheard: VecDeque<SealedBytes>,
}

impl Mischief {
    /// An acknowledgement goes by.
    pub(super) fn overhear(&mut self, acknowledgement: &[u8]) {
        if self.overheard.len() >= MAX_OVERHEARD {
            self.overheard.pop_front();
        }
        self.overheard.push_back(SealedBytes(acknowledgement.to_vec()));
    }
}

/// What an answer is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    Enrolment,
    Nonce,
    Token,
    Hello,
    Changes,
    Events,
}

/// Who stands at the locker with what a stranger promised: none of it may open anything.
pub struct Thief {
    key: SigningKey,
    code: PickupCode,
    pin: String,
}

impl Thief {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let pin = format!("{:06}", chance.below(1_000_000));
        Self { key: drawn_key(chance), code: drawn_code(chance), pin }
    }

    /// The code that every forged change gives to somebody's parcel.
    pub fn code(&self) -> &PickupCode {
        &self.code
    }

    /// The id and the PIN of the technician whom forged changes employ.
    pub fn id_and_pin(&self) -> (StaffId, &str) {
        (THIEF, &self.pin)
    }

    /// A technician's badge: the text of a QR code, signed by the wrong key.
    pub fn badge(&self, locker: LockerId) -> String {
        let staff = Staff { staff: THIEF, tenant: TenantId(1), role: Role::Technician, pin: None };
        self.pass(locker, Right::SignIn { staff })
    }

    /// Somebody's pass, signed by the wrong key.
    pub fn collect_pass(&self, locker: LockerId, recipient: RecipientId) -> String {
        self.pass(locker, Right::Collect { recipient, label: None })
    }

    /// A receipt, signed by the wrong key.
    pub fn receipt(&self, receipt: &Receipt) -> String {
        receipt.to_text(&self.key)
    }

    fn pass(&self, locker: LockerId, right: Right) -> String {
        Pass { locker, expires_unix_s: None, right }.to_text(&self.key)
    }
}

impl Hub {
    /// Somebody's genuine pass, for another locker of this hub.
    pub fn neighbours_pass(&self, recipient: RecipientId) -> String {
        let right = Right::Collect { recipient, label: None };
        Pass { locker: self.neighbour(), expires_unix_s: None, right }.to_text(&self.signing)
    }

    pub(super) fn said_by_a_stranger(&mut self, about: About, body: Vec<u8>) -> Vec<u8> {
        match self.chance.below(4) {
            0 => self.nonsense(),
            1 => self.altered(body),
            _ => match about {
                About::Enrolment => self.altered(body),
                About::Nonce => to_bytes(&Nonce(self.chance.bytes())),
                About::Token => self.worthless_token(),
                About::Hello => self.forged_hello_answer(&body),
                About::Events => self.forged_acknowledgement(&body),
                About::Changes => self.forged_changes(&body),
            },
        }
    }

    fn nonsense(&mut self) -> Vec<u8> {
        if self.chance.one_in(2) {
            return PORTAL.to_vec();
        }
        let length = usize::try_from(self.chance.below(300)).unwrap_or(0);
        let mut bytes = vec![0; length];
        self.chance.fill(&mut bytes);
        bytes
    }

    fn altered(&mut self, mut body: Vec<u8>) -> Vec<u8> {
        let at = usize::try_from(self.chance.below(body.len() as u64)).unwrap_or(0);
        let bit = self.chance.below(8);
        if let Some(byte) = body.get_mut(at) {
            *byte ^= 1 << bit;
        }
        body
    }

    fn worthless_token(&mut self) -> Vec<u8> {
        let lives_s = if self.chance.one_in(2) { 0 } else { u32::MAX };
        let token = format!("{:032x}", self.chance.any());
        to_bytes(&TokenAnswer { token, lives_s, hub_nonce: Nonce(self.chance.bytes()) })
    }

    /// Says that all that the locker has is worth nothing: by the wrong key, or by the right one to another locker.
    fn forged_hello_answer(&mut self, body: &[u8]) -> Vec<u8> {
        let Ok(truth) = unseal::<HelloAnswer>(body, &self.verifier()) else { return self.nonsense() };
        let lie = HelloAnswer {
            unix_s: truth.unix_s + 10_000_000,
            generation: truth.generation + 1_000,
            held: u64::MAX,
            standing: Standing::Forked,
            ..truth
        };
        if self.chance.one_in(2) {
            return seal(&lie, &self.thief.key);
        }
        if self.chance.one_in(2) {
            // Fresh once, for another hello.
            return seal(&HelloAnswer { kiosk_nonce: Nonce(self.chance.bytes()), ..lie }, &self.signing);
        }
        seal(&HelloAnswer { locker: self.neighbour(), ..lie }, &self.signing)
    }

    /// Says that more is held than is, or repeats what was said before.
    fn forged_acknowledgement(&mut self, body: &[u8]) -> Vec<u8> {
        let Ok(truth) = unseal::<Held>(body, &self.verifier()) else { return self.nonsense() };
        if self.chance.one_in(2) {
            let overheard = self.mischief.overheard.make_contiguous();
            if let Some(old) = self.chance.pick(overheard) {
                return old.0.clone();
            }
        }
        let lie = Held { up_to: truth.up_to + self.chance.between(1, 1_000), ..truth };
        if self.chance.one_in(2) {
            seal(&lie, &self.thief.key)
        } else {
            seal(&Held { locker: self.neighbour(), ..lie }, &self.signing)
        }
    }

    /// Gives somebody's parcel a code of the thief's and the thief a job, or repeats and mixes what the hub once said.
    fn forged_changes(&mut self, body: &[u8]) -> Vec<u8> {
        let truth = from_bytes::<Changes>(body).map(|changes| changes.changes).unwrap_or_default();
        let changes = match self.chance.below(4) {
            0 => {
                let mut backwards = truth;
                backwards.reverse();
                backwards
            }
            1 => truth.into_iter().skip(1).collect(),
            2 => {
                let old: Vec<_> = self.books.changes.sealed().cloned().collect();
                let count = self.chance.between(1, 6);
                (0..count).filter_map(|_| self.chance.pick(&old).cloned()).collect()
            }
            _ => self.thefts(),
        };
        to_bytes(&Changes { changes })
    }

    fn thefts(&mut self) -> Vec<SealedBytes> {
        let next = self.books.changes.newest() + 1;
        let code = self.thief.code.tag(&self.books.code_key);
        let parcels: Vec<ParcelId> = self.books.parcels.going_on().collect();
        let staff = Staff {
            staff: THIEF,
            tenant: TenantId(1),
            role: Role::Technician,
            pin: Some(pin_tag(THIEF, &self.thief.pin, &self.books.code_key)),
        };
        let is_other_lockers = self.chance.one_in(2);
        let mut wanted = vec![Change::Staff { staff }, Change::RefillCodes];
        wanted.extend(self.chance.pick(&parcels).map(|parcel| Change::NewCode { parcel: *parcel, code }));
        wanted.extend(self.chance.pick(&parcels).map(|parcel| Change::Cancel { parcel: *parcel }));
        // The number that comes next, or the one that the locker waits for.
        let first =
            if self.chance.one_in(2) { next } else { next.saturating_sub(self.chance.below(3)).max(1) };
        let locker = if is_other_lockers { self.neighbour() } else { self.locker };
        let signer: &dyn Sign = if is_other_lockers { &self.signing } else { &self.thief.key };
        (first..)
            .zip(wanted)
            .map(|(number, change)| SealedBytes(seal(&Numbered { locker, number, change }, signer)))
            .collect()
    }

    fn neighbour(&self) -> LockerId {
        LockerId(self.locker.0 ^ 1)
    }

    fn verifier(&self) -> locker_crypto::VerifyingKey {
        locker_crypto::VerifyingKey(self.signing.public_key())
    }
}
