//! How much memory bytes can take that nobody of ours made: about as much as they have themselves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]
#![allow(unsafe_code, reason = "an allocator that counts is the only witness of what was allocated")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use locker_protocol::enrol::{EnrolAnswer, EnrolRequest, TransportCertificate};
use locker_protocol::link::{MAX_LINK_BYTES, ToKiosk, ToSync};
use locker_protocol::seal::{MAX_SEALED_BYTES, from_bytes, unseal};
use locker_protocol::uplink::{
    Batch, Changes, Held, Hello, HelloAnswer, TokenAnswer, TokenProof, TokenRequest,
};
use locker_protocol::{Entry, Event, Numbered, Pass, Right, Verify};

/// Counts what this thread holds, and the most that it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    HELD.with(|held| {
        held.set(held.get() + bytes);
        MOST.with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: every call is handed on unchanged to the system's allocator; the counters allocate nothing themselves.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps to `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller keeps to `dealloc`'s contract, and `alloc` above gave it the system's pointer.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes held at once while `work` ran, above what was held before.
fn most_held(work: impl FnOnce()) -> isize {
    let before = HELD.get();
    MOST.set(before);
    work();
    MOST.get() - before
}

/// Believes everything, so that bytes come as far as they can.
struct Gullible;

impl Verify for Gullible {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

fn read_as_everything(bytes: &[u8]) {
    let _ = from_bytes::<Entry>(bytes);
    let _ = from_bytes::<Event>(bytes);
    let _ = from_bytes::<Numbered>(bytes);
    let _ = from_bytes::<Right>(bytes);
    let _ = from_bytes::<ToKiosk>(bytes);
    let _ = from_bytes::<ToSync>(bytes);
    let _ = from_bytes::<EnrolRequest>(bytes);
    let _ = from_bytes::<EnrolAnswer>(bytes);
    let _ = from_bytes::<TransportCertificate>(bytes);
    let _ = from_bytes::<Hello>(bytes);
    let _ = from_bytes::<HelloAnswer>(bytes);
    let _ = from_bytes::<Batch>(bytes);
    let _ = from_bytes::<Held>(bytes);
    let _ = from_bytes::<Changes>(bytes);
    let _ = from_bytes::<TokenRequest>(bytes);
    let _ = from_bytes::<TokenProof>(bytes);
    let _ = from_bytes::<TokenAnswer>(bytes);
    let _ = unseal::<Numbered>(bytes, &Gullible);
    let _ = Pass::from_text(&base45::encode(bytes), &Gullible);
}

/// Where a list, text or byte string is read: what stands before it in a good message.
const BEFORE: &[&[u8]] = &[
    &[],
    &[0x81],
    &[0x82, 0x11, 0x82, 0x00],
    &[0x82, 0x07, 0x87, 0x01, 0x01, 0x00, 0x82, 0x04, 0x81, 0x01],
    &[0x82, 0x0c, 0x83, 0x01],
    &[0x82, 0x00, 0x81],
    &[0x82, 0x04, 0x81],
    &[0x82, 0x03, 0x81],
    &[0x82, 0x00, 0x82, 0x41, 0x00],
    &[0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0],
    &[0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0, 0x41, 0x00],
];

#[test]
fn a_length_that_promises_a_terabyte_allocates_nothing_for_it() {
    for major in [0x5b, 0x7b, 0x9b, 0xbb] {
        for length in [1_u64 << 32, 1 << 40, u64::MAX >> 1, u64::MAX] {
            for before in BEFORE {
                let bytes = [before, &[major][..], &length.to_be_bytes(), &[0; 8]].concat();
                let most = most_held(|| read_as_everything(&bytes));
                assert!(most < 4_096, "{most} bytes for {bytes:02x?}");
            }
        }
    }
}

/// The longest messages of the smallest parts: the reader's own structures are larger than the bytes they stand for,
/// but by a small factor.
#[test]
fn the_longest_message_of_the_smallest_parts_takes_a_small_multiple_of_itself() {
    for part in [0x00, 0x40, 0x60, 0x80, 0x81, 0x9f, 0xa0, 0xf6] {
        for before in BEFORE {
            for length in [MAX_SEALED_BYTES, MAX_LINK_BYTES] {
                let count = u32::try_from(length - before.len() - 5).unwrap();
                let list =
                    [&[0x9a][..], &count.to_be_bytes(), &vec![part; length - before.len() - 5]].concat();
                let bytes = [*before, &list].concat();
                let most = most_held(|| read_as_everything(&bytes));
                // The largest part is the CBOR reader's note of 16 bytes on an array that was begun, in a vector that
                // grows by doubling and holds the old and the new place while it moves.
                let limit = 32 * length.cast_signed();
                assert!(most < limit, "{most} bytes for {length} of {part:02x} after {before:02x?}");
            }
        }
    }
}
