//! The bytes of every message, kept in `golden/`: a test that differs from them means a broken wire, not a stale file.
//!
//! A new message or variant gets its bytes by a run with `LOCKER_GOLDEN=write`, which only ever adds: lines that exist
//! are compared all the same and never rewritten. What every release so far can read stays readable.

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use locker_protocol::change::Staff;
use locker_protocol::code::pin_tag;
use locker_protocol::seal::{Sealed, from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::Hello;
use locker_protocol::{CaseId, Pass, PickupCode, StaffId};
use minicbor::{Decode, Encode};

use crate::samples;
use crate::signer::{PlainTag, Signer};

/// One file of golden lines: a name and a value each.
struct Golden {
    path: PathBuf,
    writing: bool,
}

type Lines = Vec<(String, String)>;

impl Golden {
    fn of(kind: &str) -> Self {
        Self {
            path: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{kind}.txt")),
            writing: std::env::var_os("LOCKER_GOLDEN").is_some_and(|value| value == "write"),
        }
    }

    /// Compares `found` with what is kept, name by name and in both directions.
    fn compare(&self, found: &[(String, String)]) -> Lines {
        self.check(found).unwrap_or_else(|why| panic!("{}: {why}", self.path.display()))
    }

    /// What is kept, once it is as `found`.
    fn check(&self, found: &[(String, String)]) -> Result<Lines, String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let mut lines: Lines = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if let Some((name, _)) = lines.iter().find(|(name, _)| !found.iter().any(|(known, _)| known == name))
        {
            return Err(format!("{name} is no longer tested"));
        }
        let mut added = String::new();
        for (name, value) in found {
            match lines.iter().find(|(known, _)| known == name) {
                Some((_, kept)) if kept == value => {}
                Some((_, kept)) => {
                    return Err(format!("{name} is written as {value}, was {kept}: a broken wire"));
                }
                None if self.writing => {
                    added.push_str(&format!("{name} {value}\n"));
                    lines.push((name.clone(), value.clone()));
                }
                None => return Err(format!("{name} is missing; LOCKER_GOLDEN=write adds what is missing")),
            }
        }
        if !added.is_empty() {
            fs::write(&self.path, text + &added).map_err(|error| error.to_string())?;
        }
        Ok(lines)
    }
}

/// Encodes and compares, then decodes what is kept and compares.
fn check<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(kind: &str, samples: &[(&str, T)]) {
    let found: Vec<_> =
        samples.iter().map(|(name, value)| ((*name).to_owned(), HEXLOWER.encode(&to_bytes(value)))).collect();
    let kept = Golden::of(kind).compare(&found);
    for (name, value) in samples {
        let (_, hex) = kept.iter().find(|(known, _)| known == name).unwrap();
        let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
        assert_eq!(&from_bytes::<T>(&bytes).unwrap(), value, "{kind}: {name} is read otherwise");
    }
}

#[test]
fn events_keep_their_bytes() {
    check("event", &samples::events());
    check("entry", &samples::entries());
    check("door", &samples::doors());
    check("purpose", &samples::purposes());
    check("entitled", &samples::entitled());
    check("proof", &samples::proofs());
    check("answer", &samples::answers());
    check("outcome", &samples::outcomes());
    check("doubt", &samples::doubts());
    check("supply", &samples::supplies());
    check("out-of-service", &samples::out_of_service());
    check("guess", &samples::guesses());
    check("problem", &samples::problems());
    check("decline", &samples::declines());
}

#[test]
fn changes_keep_their_bytes() {
    check("change", &samples::changes());
    check("numbered", &samples::numbered());
    check("role", &samples::roles());
    check("refusal", &samples::refusals());
    check("size", &samples::sizes());
    check("staff", &samples::staff_entries());
}

#[test]
fn rights_keep_their_bytes() {
    check("right", &samples::rights());
}

#[test]
fn receipts_keep_their_bytes() {
    check("receipt", &samples::receipts());
}

#[test]
fn the_messages_between_kiosk_and_sync_keep_their_bytes() {
    check("to-kiosk", &samples::to_kiosk());
    check("to-sync", &samples::to_sync());
}

#[test]
fn the_messages_between_locker_and_hub_keep_their_bytes() {
    check("enrol-request", &samples::enrol_requests());
    check("enrol-answer", &samples::enrol_answers());
    check("transport-certificate", &samples::transport_certificates());
    check("hello", &samples::hellos());
    check("hello-answer", &samples::hello_answers());
    check("standing", &samples::standings());
    check("batch", &samples::batches());
    check("held", &samples::held());
    check("changes", &samples::change_lists());
    check("token-request", &samples::token_requests());
    check("token-proof", &samples::token_proofs());
    check("witness", &samples::witnesses());
    check("token-answer", &samples::token_answers());
}

/// Signatures included: so the signed purposes are kept as well.
#[test]
fn sealed_messages_keep_their_bytes() {
    let signer = Signer::of(1);
    let mut found = Vec::new();
    fn add<T: Sealed + PartialEq + Debug>(
        found: &mut Vec<(String, String)>,
        name: &str,
        value: &T,
        signer: &Signer,
    ) {
        let sealed = seal(value, signer);
        assert_eq!(&unseal::<T>(&sealed, &signer.verifier()).unwrap(), value);
        found.push((name.to_owned(), HEXLOWER.encode(&sealed)));
    }
    add(&mut found, "numbered", &samples::numbered()[0].1, &signer);
    add(&mut found, "transport-certificate", &samples::transport_certificates()[0].1, &signer);
    add(&mut found, "hello", &samples::hellos()[0].1, &signer);
    add(&mut found, "hello-answer", &samples::hello_answers()[0].1, &signer);
    add(&mut found, "batch", &samples::batches()[0].1, &signer);
    add(&mut found, "held", &samples::held()[0].1, &signer);
    add(&mut found, "token-proof", &samples::token_proofs()[0].1, &signer);
    add(&mut found, "witness", &samples::witnesses()[0].1, &signer);
    add(&mut found, "receipt", &samples::receipts()[0].1, &signer);
    Golden::of("sealed").compare(&found);
}

#[test]
fn the_texts_of_passes_stay() {
    let signer = Signer::of(1);
    let passes = samples::passes();
    let found: Vec<_> = passes
        .iter()
        .map(|(name, pass)| ((*name).to_owned(), HEXLOWER.encode(&pass.to_bytes(&signer))))
        .collect();
    for ((name, pass), (_, hex)) in passes.iter().zip(Golden::of("pass").compare(&found)) {
        let text = base45::encode(HEXLOWER.decode(hex.as_bytes()).unwrap());
        assert_eq!(text, pass.to_text(&signer), "{name}");
        assert_eq!(&Pass::from_text(&text, &signer.verifier()).unwrap(), pass, "{name}");
    }
}

/// What people read and type, and what is tagged of it.
#[test]
fn the_texts_for_people_stay() {
    let found: Vec<_> =
        samples::claims().into_iter().map(|(name, claim)| (name.to_owned(), claim.text())).collect();
    Golden::of("claim").compare(&found);

    let found: Vec<_> =
        [0, 1, 2, 25, 9_765_624, u32::MAX].iter().map(|n| (n.to_string(), CaseId(*n).to_string())).collect();
    Golden::of("case").compare(&found);

    let digits = [[0; 9], [9; 9], [1, 2, 3, 4, 5, 6, 7, 8, 9], [5, 7, 2, 0, 0, 0, 0, 0, 0]];
    let found: Vec<_> = digits
        .iter()
        .map(|digits| PickupCode::from_random(*digits).unwrap().digits())
        .map(|code| (code[..9].to_owned(), code))
        .collect();
    Golden::of("pickup-code").compare(&found);

    let tagged =
        |bytes: [u8; 32]| String::from_utf8(bytes.to_vec()).unwrap().trim_end_matches('\0').to_owned();
    let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    let found = [
        ("pickup-code".to_owned(), tagged(code.tag(&PlainTag).0)),
        ("pin".to_owned(), tagged(pin_tag(StaffId(77), "0042", &PlainTag).0)),
    ];
    Golden::of("tagged-text").compare(&found);
}

#[test]
fn golden_bytes_are_added_on_request_but_never_rewritten() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("golden-bytes-are-never-rewritten.txt");
    let lines = |pairs: &[(&str, &str)]| -> Lines {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    fs::write(&path, "one 01\n").unwrap();
    let comparing = Golden { path: path.clone(), writing: false };
    let writing = Golden { path: path.clone(), writing: true };

    assert!(comparing.check(&lines(&[("one", "01"), ("two", "02")])).unwrap_err().contains("two is missing"));
    for golden in [&comparing, &writing] {
        assert!(golden.check(&lines(&[("one", "ff")])).unwrap_err().contains("a broken wire"));
        assert!(golden.check(&lines(&[("two", "02")])).unwrap_err().contains("one is no longer tested"));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "one 01\n");

    assert_eq!(
        writing.check(&lines(&[("one", "01"), ("two", "02")])),
        Ok(lines(&[("one", "01"), ("two", "02")]))
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "one 01\ntwo 02\n");
    assert!(comparing.check(&lines(&[("one", "01"), ("two", "02")])).is_ok());
}

/// How the protocol grows: a newer sender's field at the end is passed over, and a field that an older sender did not
/// have is read as nothing.
#[test]
fn fields_added_at_the_end_break_neither_side() {
    let hello = samples::hellos().remove(0).1;
    let mut newer = to_bytes(&hello);
    assert_eq!(newer[0], 0x89);
    newer[0] = 0x8a;
    newer.extend([0x82, 0x01, 0x61, b'x']);
    assert_eq!(from_bytes::<Hello>(&newer).unwrap(), hello);

    let (_, technician) = samples::staff_entries().remove(1);
    let bytes = to_bytes(&technician);
    assert_eq!((bytes[0], technician.pin), (0x83, None));
    assert_eq!(from_bytes::<Staff>(&bytes).unwrap(), technician);
    assert!(from_bytes::<Staff>(&[&[0x82], &bytes[1..bytes.len() - 1]].concat()).is_err());
}
