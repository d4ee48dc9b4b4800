//! ring behind the protocol's traits: keys, signatures, tags and enrolment, for locker and hub alike.
