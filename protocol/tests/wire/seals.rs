//! Sealed messages: whose they are, what for, and that nothing in them can be changed.

use locker_protocol::seal::{SealError, Sealed, seal, to_bytes, unseal};
use locker_protocol::uplink::{Batch, EntryBytes, Held, Hello, HelloAnswer, TokenProof};
use locker_protocol::{
    Change, CodeTag, CompartmentId, Hash, JournalId, Label, LockerId, Nonce, Numbered, ParcelId, RecipientId,
    Size, StaffId, TenantId,
};
use locker_protocol::{LabelTag, OrderId, Receipt, Sign};
use proptest::prelude::*;

use locker_protocol::change::{Announcement, Order, ReturnAnnouncement, Role, Staff, TemperatureRange};
use locker_protocol::enrol::TransportCertificate;
use locker_protocol::link::Witness;

use crate::fuzz::fixed;
use crate::samples;
use crate::signer::Signer;

pub fn labels() -> impl Strategy<Value = Label> {
    "[!-~]([ -~]{0,62}[!-~])?".prop_map(|text| Label::new(&text).unwrap())
}

pub fn announcements() -> impl Strategy<Value = Announcement> {
    let ids = (
        any::<u64>(),
        any::<u32>(),
        any::<u64>(),
        any::<u64>(),
        any::<Option<(u32, u8)>>(),
        any::<Option<(i16, i16)>>(),
    );
    (ids, labels(), any::<[u8; 32]>(), proptest::sample::select(&Size::ALL), any::<u32>(), any::<bool>())
        .prop_map(|(ids, label, code, size, retention_s, reachable)| {
            let (parcel, tenant, label_tag, recipient, order, keep) = ids;
            Announcement {
                parcel: ParcelId(parcel),
                tenant: TenantId(tenant),
                label,
                label_tag: LabelTag(label_tag),
                recipient: RecipientId(recipient),
                code: CodeTag(code),
                size,
                retention_s,
                reachable,
                order: order.map(|(id, parcels)| Order { id: OrderId(id), parcels }),
                keep: keep
                    .map(|(low_tenths_c, high_tenths_c)| TemperatureRange { low_tenths_c, high_tenths_c }),
            }
        })
}

pub fn staff() -> impl Strategy<Value = Staff> {
    let role = prop_oneof![Just(Role::Courier), Just(Role::Technician)];
    (any::<u32>(), any::<u32>(), role, any::<Option<[u8; 32]>>()).prop_map(|(staff, tenant, role, pin)| {
        Staff { staff: StaffId(staff), tenant: TenantId(tenant), role, pin: pin.map(CodeTag) }
    })
}

fn return_announcements() -> impl Strategy<Value = ReturnAnnouncement> {
    let size = proptest::option::of(proptest::sample::select(&Size::ALL));
    (any::<u64>(), any::<u32>(), labels(), any::<u64>(), any::<Option<[u8; 32]>>(), size).prop_map(
        |(parcel, tenant, label, label_tag, code, size)| ReturnAnnouncement {
            parcel: ParcelId(parcel),
            tenant: TenantId(tenant),
            label,
            label_tag: LabelTag(label_tag),
            code: code.map(CodeTag),
            size,
        },
    )
}

fn changes() -> impl Strategy<Value = Change> {
    let parcel = || any::<u64>().prop_map(ParcelId);
    prop_oneof![
        announcements().prop_map(|announcement| Change::Announce { announcement }),
        parcel().prop_map(|parcel| Change::Cancel { parcel }),
        (parcel(), any::<u32>()).prop_map(|(parcel, by_s)| Change::Extend { parcel, by_s }),
        (parcel(), any::<[u8; 32]>())
            .prop_map(|(parcel, code)| Change::NewCode { parcel, code: CodeTag(code) }),
        (parcel(), any::<u64>(), any::<[u8; 32]>(), any::<u32>()).prop_map(
            |(parcel, recipient, code, retention_s)| Change::Match {
                parcel,
                recipient: RecipientId(recipient),
                code: CodeTag(code),
                retention_s,
            }
        ),
        staff().prop_map(|staff| Change::Staff { staff }),
        return_announcements().prop_map(|announcement| Change::AnnounceReturn { announcement }),
        (any::<u16>(), any::<bool>()).prop_map(|(compartment, in_service)| Change::Service {
            compartment: CompartmentId(compartment),
            in_service,
        }),
    ]
}

fn numbered() -> impl Strategy<Value = Numbered> {
    (any::<u32>(), any::<u64>(), changes()).prop_map(|(locker, number, change)| Numbered {
        locker: LockerId(locker),
        number,
        change,
    })
}

fn batches() -> impl Strategy<Value = Batch> {
    let entry = proptest::collection::vec(any::<u8>(), 0..300).prop_map(EntryBytes);
    let ids = (any::<u32>(), any::<[u8; 16]>(), any::<u64>());
    let hashes = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 16]>(), any::<Option<[u8; 16]>>());
    (ids, hashes, proptest::collection::vec(entry, 0..=100)).prop_map(
        |((locker, journal, first), (before, last_hash, nonce, kiosk_nonce), entries)| Batch {
            locker: LockerId(locker),
            journal: JournalId(journal),
            first,
            before: Hash(before),
            entries,
            last_hash: Hash(last_hash),
            hub_nonce: Nonce(nonce),
            kiosk_nonce: kiosk_nonce.map(Nonce),
        },
    )
}

proptest! {
    #![proptest_config(fixed(100))]

    #[test]
    fn what_was_sealed_is_unsealed(change in numbered(), batch in batches(), key in any::<u8>()) {
        let signer = Signer::of(key);
        prop_assert_eq!(&unseal::<Numbered>(&seal(&change, &signer), &signer.verifier()).unwrap(), &change);
        prop_assert_eq!(&unseal::<Batch>(&seal(&batch, &signer), &signer.verifier()).unwrap(), &batch);
    }

    #[test]
    fn another_keys_seal_is_forged(change in numbered(), key in any::<u8>(), other in any::<u8>()) {
        prop_assume!(key != other);
        let refused = unseal::<Numbered>(&seal(&change, &Signer::of(key)), &Signer::of(other).verifier());
        prop_assert_eq!(refused, Err(SealError::Forged));
    }
}

proptest! {
    #![proptest_config(fixed(4))]

    #[test]
    fn every_single_flipped_bit_is_refused(change in numbered()) {
        let signer = Signer::of(1);
        let sealed = seal(&change, &signer);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refused = unseal::<Numbered>(&flipped, &signer.verifier());
            prop_assert!(
                matches!(refused, Err(SealError::Forged | SealError::NotSealed)),
                "bit {}: {:?}", bit, refused
            );
        }
    }

    #[test]
    fn every_cut_and_every_added_byte_is_refused(change in numbered(), added in any::<u8>()) {
        let signer = Signer::of(1);
        let sealed = seal(&change, &signer);
        for length in 0..sealed.len() {
            prop_assert!(unseal::<Numbered>(&sealed[..length], &signer.verifier()).is_err());
        }
        let longer = [&sealed[..], &[added]].concat();
        prop_assert_eq!(unseal::<Numbered>(&longer, &signer.verifier()), Err(SealError::NotSealed));
    }
}

/// Even where the bytes would fit, as with two messages of the same fields.
#[test]
fn a_message_for_one_purpose_is_forged_for_every_other() {
    let signer = Signer::of(1);
    let sealed = [
        (Hello::PURPOSE, seal(&samples::hellos()[0].1, &signer)),
        (HelloAnswer::PURPOSE, seal(&samples::hello_answers()[0].1, &signer)),
        (Batch::PURPOSE, seal(&samples::batches()[0].1, &signer)),
        (Held::PURPOSE, seal(&samples::held()[0].1, &signer)),
        (Numbered::PURPOSE, seal(&samples::numbered()[0].1, &signer)),
        (TokenProof::PURPOSE, seal(&samples::token_proofs()[0].1, &signer)),
        (TransportCertificate::PURPOSE, seal(&samples::transport_certificates()[0].1, &signer)),
        (Witness::PURPOSE, seal(&samples::witnesses()[0].1, &signer)),
        (Receipt::PURPOSE, seal(&samples::receipts()[0].1, &signer)),
        ("locker/1/pass", samples::passes()[0].1.to_bytes(&signer)),
    ];
    fn error<T: Sealed>(bytes: &[u8], signer: &Signer) -> Option<SealError> {
        unseal::<T>(bytes, &signer.verifier()).err()
    }
    for (made_for, bytes) in &sealed {
        let read_as = [
            (Hello::PURPOSE, error::<Hello>(bytes, &signer)),
            (HelloAnswer::PURPOSE, error::<HelloAnswer>(bytes, &signer)),
            (Batch::PURPOSE, error::<Batch>(bytes, &signer)),
            (Held::PURPOSE, error::<Held>(bytes, &signer)),
            (Numbered::PURPOSE, error::<Numbered>(bytes, &signer)),
            (TokenProof::PURPOSE, error::<TokenProof>(bytes, &signer)),
            (TransportCertificate::PURPOSE, error::<TransportCertificate>(bytes, &signer)),
            (Witness::PURPOSE, error::<Witness>(bytes, &signer)),
            (Receipt::PURPOSE, error::<Receipt>(bytes, &signer)),
        ];
        for (purpose, error) in read_as {
            let expected = if purpose == *made_for { None } else { Some(SealError::Forged) };
            assert_eq!(error, expected, "{made_for} read as {purpose}");
        }
    }
}

/// A newer hub's change: signed, but of a kind that this version does not have. It is told apart from a forgery.
#[test]
fn a_signed_message_of_an_unknown_kind_is_not_understood() {
    struct Newer;
    impl<C> minicbor::Encode<C> for Newer {
        fn encode<W: minicbor::encode::Write>(
            &self,
            to: &mut minicbor::Encoder<W>,
            _: &mut C,
        ) -> Result<(), minicbor::encode::Error<W::Error>> {
            to.array(3)?.u32(1)?.u64(1)?.array(2)?.u32(9_999)?.array(0)?.ok()
        }
    }
    impl<'b, C> minicbor::Decode<'b, C> for Newer {
        fn decode(_: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
            Ok(Self)
        }
    }
    impl Sealed for Newer {
        const PURPOSE: &'static str = Numbered::PURPOSE;
    }
    let signer = Signer::of(1);
    let refused = unseal::<Numbered>(&seal(&Newer, &signer), &signer.verifier());
    assert!(matches!(refused, Err(SealError::NotUnderstood { .. })), "{refused:?}");
}

/// Another writer's COSE_Sign1 with a header more is refused before its signature is looked at, valid or not.
#[test]
fn a_valid_signature_under_another_header_is_refused() {
    use coset::{CborSerializable, CoseSign1Builder, HeaderBuilder, iana::Algorithm};
    let signer = Signer::of(1);
    let signed = |protected: HeaderBuilder, unprotected: HeaderBuilder| {
        CoseSign1Builder::new()
            .protected(protected.build())
            .unprotected(unprotected.build())
            .payload(to_bytes(&samples::numbered()[0].1))
            .create_signature(Numbered::PURPOSE.as_bytes(), |message| signer.sign(message).to_vec())
            .build()
            .to_vec()
            .unwrap()
    };
    let header = || HeaderBuilder::new().algorithm(Algorithm::EdDSA);
    let open = |bytes: Vec<u8>| unseal::<Numbered>(&bytes, &signer.verifier());
    assert!(open(signed(header(), HeaderBuilder::new())).is_ok());
    assert_eq!(open(signed(header(), HeaderBuilder::new().key_id(vec![1]))), Err(SealError::NotSealed));
    assert_eq!(open(signed(header().key_id(vec![1]), HeaderBuilder::new())), Err(SealError::NotSealed));
    let other = HeaderBuilder::new().algorithm(Algorithm::ES256);
    assert_eq!(open(signed(other, HeaderBuilder::new())), Err(SealError::NotSealed));
    assert_eq!(open(signed(HeaderBuilder::new(), header())), Err(SealError::NotSealed));
}
