//! The messages between locker, sync and hub. The input: one byte for which, then its bytes.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use locker_protocol::enrol::{EnrolAnswer, EnrolRequest, TransportCertificate};
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::uplink::{
    Batch, Changes, Held, Hello, HelloAnswer, TokenAnswer, TokenProof, TokenRequest,
};
use locker_protocol::{Change, Entry, Event, Numbered, Receipt, Right};
use minicbor::{Decode, Encode};

/// What can be read can be written, and reads the same then.
fn try_as<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(message) = from_bytes::<T>(bytes) {
        match from_bytes::<T>(&to_bytes(&message)) {
            Ok(again) => assert_eq!(again, message),
            Err(why) => panic!("written, it cannot be read: {why}"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [which, ref bytes @ ..] = *data else { return };
    match which % 19 {
        0 => try_as::<Entry>(bytes),
        1 => try_as::<Event>(bytes),
        2 => try_as::<Numbered>(bytes),
        3 => try_as::<Change>(bytes),
        4 => try_as::<ToKiosk>(bytes),
        5 => try_as::<ToSync>(bytes),
        6 => try_as::<Witness>(bytes),
        7 => try_as::<Hello>(bytes),
        8 => try_as::<HelloAnswer>(bytes),
        9 => try_as::<Batch>(bytes),
        10 => try_as::<Held>(bytes),
        11 => try_as::<Changes>(bytes),
        12 => try_as::<TokenRequest>(bytes),
        13 => try_as::<TokenProof>(bytes),
        14 => try_as::<TokenAnswer>(bytes),
        15 => try_as::<EnrolRequest>(bytes),
        16 => try_as::<EnrolAnswer>(bytes),
        17 => try_as::<TransportCertificate>(bytes),
        _ => {
            try_as::<Receipt>(bytes);
            try_as::<Right>(bytes);
        }
    }
});
