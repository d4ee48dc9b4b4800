//! The rules of a parcel locker: custody, openings, codes and the kiosk's dialogue, as pure functions of state, time and input.
