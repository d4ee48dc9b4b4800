//! Enrolment between a kiosk and a hub, with everyone else in between.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use locker_crypto::enrol::{EnrolError, KioskEnrolment, answer, claim_hash};
use locker_crypto::{SigningKey, VerifyingKey, random};
use locker_protocol::claim::Claim;
use locker_protocol::code::pin_tag;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest};
use locker_protocol::seal::{SealError, seal, unseal};
use locker_protocol::uplink::Held;
use locker_protocol::{Hash, JournalId, LockerId, PickupCode, PublicKey, StaffId};
use ring::hmac;

const LOCKER: LockerId = LockerId(70_000);

fn hub() -> SigningKey {
    SigningKey::from_seed(&[1; 32]).unwrap()
}

fn kiosk() -> KioskEnrolment {
    let journal_key = SigningKey::from_seed(&[2; 32]).unwrap().public_key();
    KioskEnrolment::begin(journal_key).unwrap()
}

/// Every key or hash with one bit changed, at either end.
fn altered<const N: usize>(bytes: [u8; N]) -> [[u8; N]; 2] {
    let (mut first, mut last) = (bytes, bytes);
    first[0] ^= 1;
    last[N - 1] ^= 0x80;
    [first, last]
}

#[test]
fn both_ends_agree_on_the_locker_the_hub_and_the_code_key() {
    let kiosk = kiosk();
    // The claim travels as a text that a person types.
    let typed = Claim::parse(&kiosk.claim().text().to_lowercase()).unwrap();
    let (answer, hubs_code_key) = answer(&typed, kiosk.request(), LOCKER, hub().public_key()).unwrap();
    let enrolment = kiosk.finish(&answer).unwrap();
    assert_eq!(enrolment.locker, LOCKER);
    assert_eq!(enrolment.hub_key, hub().public_key());
    assert_eq!(enrolment.code_key.to_bytes(), hubs_code_key.to_bytes());
}

#[test]
fn after_it_the_hubs_word_is_believed_and_anothers_is_not() {
    let kiosk = kiosk();
    let (answer, _) = answer(kiosk.claim(), kiosk.request(), LOCKER, hub().public_key()).unwrap();
    let pinned = VerifyingKey(kiosk.finish(&answer).unwrap().hub_key);
    let held = Held { locker: LOCKER, journal: JournalId([3; 16]), up_to: 9, kiosk_nonce: None };
    assert_eq!(unseal::<Held>(&seal(&held, &hub()), &pinned), Ok(held.clone()));
    let other_hub = SigningKey::from_seed(&[9; 32]).unwrap();
    assert_eq!(unseal::<Held>(&seal(&held, &other_hub), &pinned), Err(SealError::Forged));
}

/// The hub, in turn, knows a locker's word by the journal key of the request.
#[test]
fn another_lockers_signature_is_refused() {
    let (own, other) = (SigningKey::from_seed(&[2; 32]).unwrap(), SigningKey::from_seed(&[3; 32]).unwrap());
    let enrolled = VerifyingKey(kiosk().request().journal_key);
    let word = Held { locker: LOCKER, journal: JournalId([3; 16]), up_to: 9, kiosk_nonce: None };
    assert_eq!(unseal::<Held>(&seal(&word, &own), &enrolled), Ok(word.clone()));
    assert_eq!(unseal::<Held>(&seal(&word, &other), &enrolled), Err(SealError::Forged));
}

#[test]
fn the_request_of_another_kiosk_is_refused() {
    let (mine, other) = (kiosk(), kiosk());
    let refused = answer(mine.claim(), other.request(), LOCKER, hub().public_key()).unwrap_err();
    let expected =
        EnrolError::OtherClaim { expected: claim_hash(mine.claim()), found: claim_hash(other.claim()) };
    assert_eq!(refused, expected);
    // It names my claim, but was not made by someone who knows it.
    let disguised = EnrolRequest { claim: mine.request().claim, ..other.request().clone() };
    let refused = answer(mine.claim(), &disguised, LOCKER, hub().public_key()).unwrap_err();
    assert_eq!(refused, EnrolError::Forged);
}

#[test]
fn a_request_altered_in_any_field_is_refused() {
    let kiosk = kiosk();
    let good = kiosk.request();
    let mut requests = Vec::new();
    requests.extend(altered(good.claim.0).map(|bytes| EnrolRequest { claim: Hash(bytes), ..good.clone() }));
    requests.extend(
        altered(good.exchange_key.0)
            .map(|bytes| EnrolRequest { exchange_key: PublicKey(bytes), ..good.clone() }),
    );
    requests.extend(
        altered(good.journal_key.0)
            .map(|bytes| EnrolRequest { journal_key: PublicKey(bytes), ..good.clone() }),
    );
    requests.extend(altered(good.mac.0).map(|bytes| EnrolRequest { mac: Hash(bytes), ..good.clone() }));
    for request in requests {
        let refused = answer(kiosk.claim(), &request, LOCKER, hub().public_key()).unwrap_err();
        assert!(matches!(refused, EnrolError::Forged | EnrolError::OtherClaim { .. }), "{refused}");
    }
    assert!(answer(kiosk.claim(), good, LOCKER, hub().public_key()).is_ok());
}

#[test]
fn an_answer_altered_in_any_field_is_refused_and_the_good_one_still_counts() {
    let mut kiosk = kiosk();
    let (good, hubs_code_key) = answer(kiosk.claim(), kiosk.request(), LOCKER, hub().public_key()).unwrap();
    let mut answers = vec![EnrolAnswer { locker: LockerId(LOCKER.0 ^ 1), ..good.clone() }];
    answers.extend(
        altered(good.exchange_key.0)
            .map(|bytes| EnrolAnswer { exchange_key: PublicKey(bytes), ..good.clone() }),
    );
    answers.extend(
        altered(good.hub_key.0).map(|bytes| EnrolAnswer { hub_key: PublicKey(bytes), ..good.clone() }),
    );
    answers.extend(altered(good.mac.0).map(|bytes| EnrolAnswer { mac: Hash(bytes), ..good.clone() }));
    for answer in answers {
        let (back, error) = kiosk.finish(&answer).unwrap_err();
        assert_eq!(error, EnrolError::Forged);
        kiosk = back;
    }
    assert_eq!(kiosk.finish(&good).unwrap().code_key.to_bytes(), hubs_code_key.to_bytes());
}

#[test]
fn the_answer_to_another_kiosk_is_refused() {
    let (mine, other) = (kiosk(), kiosk());
    let (answer, _) = answer(other.claim(), other.request(), LOCKER, hub().public_key()).unwrap();
    assert_eq!(mine.finish(&answer).unwrap_err().1, EnrolError::Forged);
}

/// The same kiosk after a restart shows another claim: an answer to the one before is worth nothing.
#[test]
fn a_wrong_claim_is_refused() {
    let kiosk = kiosk();
    let wrong = Claim(random().unwrap());
    let refused = answer(&wrong, kiosk.request(), LOCKER, hub().public_key()).unwrap_err();
    assert!(matches!(refused, EnrolError::OtherClaim { .. }));
    // Someone in between answers for the hub with a guessed claim.
    let guess = EnrolRequest { claim: claim_hash(&wrong), ..kiosk.request().clone() };
    let mac_by_guess = mac(&wrong, &[b"locker/1/enrol-request", &guess.exchange_key.0, &guess.journal_key.0]);
    let guess = EnrolRequest { mac: mac_by_guess, ..guess };
    let (answer, _) = answer(&wrong, &guess, LOCKER, hub().public_key()).unwrap();
    assert_eq!(kiosk.finish(&answer).unwrap_err().1, EnrolError::Forged);
}

/// A key of a small group would make a secret that everyone knows.
#[test]
fn a_weak_exchange_key_is_refused_even_from_one_who_knows_the_claim() {
    let weak = PublicKey([0; 32]);
    let kiosk = kiosk();
    let good = kiosk.request();
    let request_mac = mac(kiosk.claim(), &[b"locker/1/enrol-request", &weak.0, &good.journal_key.0]);
    let request = EnrolRequest { exchange_key: weak, mac: request_mac, ..good.clone() };
    let refused = answer(kiosk.claim(), &request, LOCKER, hub().public_key()).unwrap_err();
    assert_eq!(refused, EnrolError::WeakKey);

    let (good_answer, _) = answer(kiosk.claim(), good, LOCKER, hub().public_key()).unwrap();
    let (hub_key, locker) = (hub().public_key(), LOCKER.0.to_be_bytes());
    let parts = [
        &b"locker/1/enrol-answer"[..],
        &good.exchange_key.0,
        &weak.0,
        &hub_key.0,
        &good.journal_key.0,
        &locker,
    ];
    let answer = EnrolAnswer { locker: LOCKER, exchange_key: weak, hub_key, mac: mac(kiosk.claim(), &parts) };
    let (kiosk, error) = kiosk.finish(&answer).unwrap_err();
    assert_eq!(error, EnrolError::WeakKey);
    // Its own key is gone, and it says so rather than to wait for ever.
    assert_eq!(kiosk.finish(&good_answer).unwrap_err().1, EnrolError::Spent);
}

#[test]
fn no_two_enrolments_share_a_claim_or_a_code_key() {
    let enrol = || {
        let kiosk = kiosk();
        let (_, code_key) = answer(kiosk.claim(), kiosk.request(), LOCKER, hub().public_key()).unwrap();
        (kiosk.claim().clone(), code_key)
    };
    let ((one_claim, one), (other_claim, other)) = (enrol(), enrol());
    assert_ne!(one_claim, other_claim);
    assert_ne!(one.to_bytes(), other.to_bytes());
    // So the same code has another tag at another locker: nothing read from one helps at the other.
    let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    assert_ne!(code.tag(&one), code.tag(&other));
    assert_ne!(pin_tag(StaffId(1), "1234", &one), pin_tag(StaffId(1), "1234", &other));
}

#[test]
fn neither_claim_nor_code_key_is_shown_in_a_log() {
    let kiosk = kiosk();
    let claim = kiosk.claim().clone();
    let (answer, _) = answer(&claim, kiosk.request(), LOCKER, hub().public_key()).unwrap();
    let shown_kiosk = format!("{kiosk:?}");
    let enrolment = kiosk.finish(&answer).unwrap();
    let shown = format!("{shown_kiosk} {enrolment:?} {:?}", hub());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [hex(&claim.0), claim.text(), hex(&enrolment.code_key.to_bytes()), hex(&[1; 32])] {
        assert!(!shown.contains(&secret));
    }
    assert!(shown.contains("CodeKey(..)"));
}

fn mac(claim: &Claim, parts: &[&[u8]]) -> Hash {
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &claim.0), &parts.concat());
    Hash::try_from(mac.as_ref()).unwrap()
}
