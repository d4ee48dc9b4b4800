//! Whatever order a locker's events and the phones with its receipts come in, the books end the same, and nobody is told
//! anything twice.

use std::collections::BTreeMap;
use std::path::Path;

use locker_crypto::entry_hash;
use locker_protocol::event::{Door, Doubt, Entitled, Entry, Event, Outcome, Proof, Purpose, Stamp};
use locker_protocol::receipt::{Move, Moved, Recorded};
use locker_protocol::seal::to_bytes;
use locker_protocol::uplink::{Batch, EntryBytes};
use locker_protocol::{
    CompartmentId, Hash, JournalId, Label, LabelTag, LockerId, Nonce, OpeningId, ParcelId, Receipt,
    RecipientId, Size, StaffId, TenantId,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rusqlite::Connection;

use crate::database::{in_transaction, open_for_writing, signed, unsigned};
use crate::problem::Problem;
use crate::{journal, receipts};

const LOCKER: LockerId = LockerId(1);
const JOURNAL: JournalId = JournalId([5; 16]);
const PARCELS: u64 = 4;
const TENANT: TenantId = TenantId(7);

/// What people do at the locker, as far as it is possible then.
#[derive(Debug, Clone, Copy)]
enum Act {
    Deposit(u64),
    NotInThere(u64),
    Collect(u64),
    /// The recipient's phone takes the receipt along.
    CollectWithReceipt(u64),
    Retrieve(u64),
    OpensUnasked(u64),
    /// The courier finishes, and takes the receipt along.
    Finish,
}

fn acts(also_back: bool) -> impl Strategy<Value = Vec<Act>> {
    let parcel = 0..PARCELS;
    let back = u32::from(also_back);
    let act = prop_oneof![
        6 => parcel.clone().prop_map(Act::Deposit),
        back => parcel.clone().prop_map(Act::NotInThere),
        3 => parcel.clone().prop_map(Act::Collect),
        3 => parcel.clone().prop_map(Act::CollectWithReceipt),
        2 => parcel.clone().prop_map(Act::Retrieve),
        back => parcel.prop_map(Act::OpensUnasked),
        3 => Just(Act::Finish),
    ];
    proptest::collection::vec(act, 1..25)
}

/// A locker that writes its journal, and the receipts that it showed.
#[derive(Default)]
struct Locker {
    entries: Vec<Vec<u8>>,
    receipts: Vec<Receipt>,
    openings: u64,
    inside: BTreeMap<u64, bool>,
    moves: Vec<Move>,
}

impl Locker {
    fn of(acts: &[Act]) -> Self {
        let mut locker = Self::default();
        for parcel in 0..PARCELS {
            let label = Label::new(&format!("LABEL{parcel}")).unwrap();
            let parcel = id(parcel);
            let (announcement, label_tag, tenant, size) = (None, LabelTag(parcel.0), TENANT, Size::S);
            locker.write(Event::Admitted { parcel, announcement, label, label_tag, tenant, size });
        }
        for act in acts {
            locker.act(*act);
        }
        locker
    }

    fn act(&mut self, act: Act) {
        let is_inside = |locker: &Self, parcel: u64| locker.inside.get(&parcel) == Some(&true);
        match act {
            Act::Deposit(parcel) if !self.inside.contains_key(&parcel) => {
                self.visit(parcel, Purpose::Deposit, courier());
                self.inside.insert(parcel, true);
                self.moves.push(moved(parcel, Moved::In));
            }
            Act::NotInThere(parcel) if is_inside(self, parcel) => {
                self.visit(parcel, Purpose::Retrieve, Entitled::Depositor { staff: Some(StaffId(1)) });
                self.inside.remove(&parcel);
                self.moves.retain(|moved| moved.parcel != id(parcel));
            }
            Act::Collect(parcel) | Act::CollectWithReceipt(parcel) if is_inside(self, parcel) => {
                let person = Entitled::Recipient { recipient: RecipientId(1), by: Proof::Code };
                self.visit(parcel, Purpose::Collect, person);
                self.inside.insert(parcel, false);
                if let Act::CollectWithReceipt(_) = act {
                    let compartment = door(parcel);
                    self.show(Recorded::Collected { compartment, parcels: vec![id(parcel)] });
                }
                self.write(Event::Settled { compartment: door(parcel), holds: vec![], by: None });
            }
            Act::Retrieve(parcel) if is_inside(self, parcel) => {
                self.visit(parcel, Purpose::Retrieve, courier());
                self.inside.insert(parcel, false);
                self.moves.push(moved(parcel, Moved::Out));
            }
            Act::OpensUnasked(parcel) if is_inside(self, parcel) => {
                self.write(Event::Doubted { compartment: door(parcel), why: Doubt::OpenedUnasked });
                self.write(Event::Settled { compartment: door(parcel), holds: vec![id(parcel)], by: None });
            }
            Act::Finish => {
                let moves = std::mem::take(&mut self.moves);
                self.show(Recorded::Stop { tenant: TENANT, moves });
            }
            // Nobody can do that now.
            _ => {}
        }
    }

    fn visit(&mut self, parcel: u64, purpose: Purpose, entitled: Entitled) {
        self.openings += 1;
        let opening = OpeningId(self.openings);
        let parcels = vec![id(parcel)];
        let (goes_in, comes_out) =
            if purpose == Purpose::Deposit { (parcels, vec![]) } else { (vec![], parcels) };
        let (compartment, baseline) = (door(parcel), Door::Closed);
        self.write(Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline });
        self.write(Event::Ended { opening, outcome: Outcome::Closed });
    }

    fn show(&mut self, what: Recorded) {
        let seq = self.entries.len() as u64;
        let receipt = Receipt { locker: LOCKER, journal: JOURNAL, seq, unix_s: seq, from_hub: true, what };
        self.receipts.push(receipt);
    }

    fn write(&mut self, event: Event) {
        let seq = self.entries.len() as u64 + 1;
        let at = Stamp { mono_ms: seq, unix_s: seq, from_hub: true };
        self.entries.push(to_bytes(&Entry {
            journal: JOURNAL,
            seq,
            at,
            before: self.hash_before(seq),
            event,
        }));
    }

    fn hash_before(&self, seq: u64) -> Hash {
        match usize::try_from(seq).unwrap() {
            1 => Hash([0; 32]),
            seq => entry_hash(&self.entries[seq - 2]),
        }
    }

    fn batch(&self, first: u64, last: u64) -> Batch {
        let entries =
            self.entries[usize::try_from(first).unwrap() - 1..usize::try_from(last).unwrap()].to_vec();
        Batch {
            locker: LOCKER,
            journal: JOURNAL,
            first,
            before: self.hash_before(first),
            last_hash: entry_hash(entries.last().unwrap()),
            entries: entries.into_iter().map(EntryBytes).collect(),
            hub_nonce: Nonce([0; 16]),
            kiosk_nonce: None,
        }
    }
}

fn id(parcel: u64) -> ParcelId {
    ParcelId(100 + parcel)
}

fn door(parcel: u64) -> CompartmentId {
    CompartmentId(u16::try_from(parcel).unwrap() + 1)
}

fn courier() -> Entitled {
    Entitled::Courier { staff: StaffId(1), tenant: TENANT }
}

fn moved(parcel: u64, what: Moved) -> Move {
    Move { parcel: id(parcel), compartment: door(parcel), what }
}

/// The hub's books, without the network around them.
struct Books {
    connection: Connection,
    held: u64,
}

/// State and place of each parcel.
type Places = BTreeMap<u64, (String, Option<u16>, Option<String>)>;

impl Books {
    fn new() -> Self {
        let connection = open_for_writing(Path::new(":memory:")).unwrap();
        connection
            .execute_batch(
                "INSERT INTO lockers (id, name, claim_hash, claimed_unix_s) VALUES (1, 'Main Street', x'01', 0);
                 INSERT INTO webhooks (tenant, url, secret, created_unix_s) VALUES (NULL, 'http://x', x'02', 0);",
            )
            .unwrap();
        connection.execute("UPDATE lockers SET journal = ?1", [&JOURNAL.0[..]]).unwrap();
        connection
            .execute(
                "INSERT INTO journals (locker, journal, head_hash, begun_unix_s) VALUES (1, ?1, zeroblob(32), 0)",
                [&JOURNAL.0[..]],
            )
            .unwrap();
        let mut books = Self { connection, held: 0 };
        // The parcels are known before anything happens, as announced ones are.
        books.deliver(&Locker::of(&[]), PARCELS);
        books
    }

    fn deliver(&mut self, locker: &Locker, up_to: u64) {
        let up_to = up_to.min(locker.entries.len() as u64);
        if up_to > self.held {
            let batch = locker.batch(self.held + 1, up_to);
            let take = |transaction: &rusqlite::Transaction<'_>| journal::take(transaction, &batch, 1_000, 9);
            self.held = in_transaction::<_, Problem>(&mut self.connection, take).unwrap();
            assert_eq!(self.held, up_to);
        }
    }

    fn bring(&mut self, locker: &Locker, which: usize) {
        let receipt = &locker.receipts[which];
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(which as u64).to_be_bytes());
        let take =
            |transaction: &rusqlite::Transaction<'_>| receipts::take(transaction, receipt, &hash, 1_000, 9);
        let standing = in_transaction::<_, Problem>(&mut self.connection, take).unwrap();
        assert_ne!(standing, receipts::Standing::Contradicted, "{receipt:?}");
    }

    fn places(&self) -> Places {
        let mut select = self
            .connection
            .prepare("SELECT id, state, compartment, out_to FROM parcels_now ORDER BY id")
            .unwrap();
        let rows =
            select.query_map([], |row| Ok((unsigned(row.get(0)?), (row.get(1)?, row.get(2)?, row.get(3)?))));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// State of each parcel by events alone.
    fn booked(&self) -> Vec<String> {
        let mut select = self.connection.prepare("SELECT state FROM parcels ORDER BY id").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn compartments(&self) -> Vec<(u16, String, Option<i64>)> {
        let mut select = self
            .connection
            .prepare(
                "SELECT c.compartment, contents, parcel FROM compartments AS c
                 LEFT JOIN compartment_parcels USING (locker, compartment) ORDER BY 1, 3",
            )
            .unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// How often webhooks were told what of a parcel.
    fn told(&self, parcel: u64, kind: &str) -> u32 {
        self.connection
            .query_row(
                "SELECT COUNT(*) FROM deliveries WHERE body ->> 'parcel' = ?1 AND body ->> 'kind' = ?2",
                (id(parcel).0.to_string(), kind),
                |row| row.get(0),
            )
            .unwrap()
    }

    /// What was told of it last.
    fn told_last(&self, parcel: u64) -> Option<String> {
        self.connection
            .query_row("SELECT told FROM parcels WHERE id = ?1", [signed(id(parcel).0)], |row| row.get(0))
            .unwrap()
    }
}

fn rank(state: &str) -> u8 {
    match state {
        "expected" => 0,
        "inside" => 1,
        "out" => 2,
        other => panic!("{other}"),
    }
}

/// The journal as it comes in parts, and phones in between: some come never, some twice, and in any order.
fn played(locker: &Locker, comings: &[(u8, u8)], mut watch: impl FnMut(&Books)) -> Books {
    let mut books = Books::new();
    for (what, how) in comings {
        if what % 2 == 0 && !locker.receipts.is_empty() {
            books.bring(locker, usize::from(*how) % locker.receipts.len());
        } else {
            let up_to = books.held + u64::from(how % 6);
            books.deliver(locker, up_to);
        }
        watch(&books);
    }
    books.deliver(locker, u64::MAX);
    watch(&books);
    for which in 0..locker.receipts.len() {
        books.bring(locker, which);
    }
    watch(&books);
    books
}

fn fixed(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x4ece1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(fixed(300))]

    #[test]
    fn events_and_receipts_in_any_order_end_in_the_same_books_and_tell_nothing_twice(
        acts in acts(true), comings in proptest::collection::vec(any::<(u8, u8)>(), 0..40),
    ) {
        let locker = Locker::of(&acts);
        let alone = played(&Locker { receipts: vec![], entries: locker.entries.clone(), ..Locker::default() }, &[], |_| {});
        let both = played(&locker, &comings, |_| {});
        prop_assert_eq!(both.places(), alone.places());
        prop_assert_eq!(both.compartments(), alone.compartments());
        for parcel in 0..PARCELS {
            prop_assert_eq!(both.told_last(parcel), alone.told_last(parcel), "parcel {}", parcel);
            prop_assert_eq!(both.told(parcel, "parcel.out"), alone.told(parcel, "parcel.out"));
            let (told, by_events) = (both.told(parcel, "parcel.inside"), alone.told(parcel, "parcel.inside"));
            prop_assert!(told <= by_events, "parcel {} is told to be inside {} times", parcel, told);
            // Whoever hears that it is out needs not be called.
            prop_assert!(told > 0 || by_events == 0 || both.told(parcel, "parcel.out") > 0);
        }
        let ahead: u32 = both.connection
            .query_row("SELECT COUNT(*) FROM receipts WHERE standing <> 'held'", [], |row| row.get(0)).unwrap();
        prop_assert_eq!(ahead, 0);
    }

    #[test]
    fn a_parcel_never_goes_back_to_where_it_was_before(
        acts in acts(false), comings in proptest::collection::vec(any::<(u8, u8)>(), 0..40),
    ) {
        let locker = Locker::of(&acts);
        let mut ranks = [0; PARCELS as usize];
        let both = played(&locker, &comings, |books| {
            let (seen, booked) = (books.places(), books.booked());
            for ((rank_before, (state, ..)), by_events) in ranks.iter_mut().zip(seen.values()).zip(booked) {
                let now = rank(state);
                assert!(now >= *rank_before, "back to {state}: {seen:?}");
                assert!(now >= rank(&by_events), "{state}, and the events say {by_events}: {seen:?}");
                *rank_before = now;
            }
        });
        for parcel in 0..PARCELS {
            prop_assert!(both.told(parcel, "parcel.inside") <= 1 && both.told(parcel, "parcel.out") <= 1);
        }
    }
}
