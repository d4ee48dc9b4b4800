//! Faults that a programmer could have made. The simulation has to find each of them: a prover that finds nothing proves
//! nothing. Which one is there is chosen at run time, under the feature `seeded-faults`, which no locker is built with;
//! without it [`is`] is `false` as the compiler sees it, and nothing of this is left in a program.

/// Names each fault, once, with what a programmer would have got wrong.
macro_rules! catalogue {
    ($($name:ident: $what:literal,)+) => {
        /// One fault.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Fault {
            $(#[doc = $what] $name,)+
        }

        #[cfg(feature = "seeded-faults")]
        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// What a programmer got wrong.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)+
                }
            }
        }
    };
}

catalogue! {
    DropIntent: "An opening begins in memory, and its intent is not recorded.",
    AnyRecipient: "A right to one parcel is taken for a right to every recipient's: the query has lost its condition.",
    WindowForgotten: "A door that closed is empty at once: the reopen window is forgotten.",
    WindowNotResumed: "A reopen window that a stop cut short never ends: it is not resumed at the start.",
    UnknownIsEmpty: "A compartment whose contents are unknown is offered like an empty one.",
    SameDoorTwice: "A compartment whose door stands open for one parcel is offered for the next.",
    DoubtForgetsList: "A compartment in doubt forgets what it may hold.",
    DoubtForgetsParcel: "A parcel whose deposit nobody saw stays expected: its place does not follow the doubt.",
    DoubtEndsRight: "The right to a parcel ends when its compartment is in doubt.",
    OutOfServiceEndsRight: "A door out of service opens for nobody, not even for those whose parcel is inside.",
    ExpiredEndsRight: "An expired parcel is no longer its recipient's to collect.",
    CancelledInside: "A cancellation is applied to a parcel that is already inside.",
    AnyCarrierTakesOut: "A courier takes out what goes back, whichever carrier's it is.",
    TakesOutUnexpired: "A courier takes out whatever is the carrier's, expired or not.",
    RevokedStillWorks: "A badge counts although the hub revoked it.",
    ExpiredBadgeWorks: "A badge counts although its time is over.",
    LabelIsARight: "Whoever scans a parcel's label collects it: what is printed outside is taken for a secret.",
    BearerIsACourier: "The bearer of a deposit pass is signed in as a courier.",
    DeclinedIsEmpty: "Larger counts as empty at once: what was said not to go in is not looked for there.",
    DeclinedIsStored: "What was said not to go in counts as stored there: the word is forgotten when the door closes.",
    DeclinedClearedTooSoon: "A door of which Larger was said is clear when the next one opens, not when that is seen closed.",
    AddsBesideAnyone: "Whose parcel is behind a door is not asked when another is added beside it.",
    InventoryAtUnlock: "An inventory settles each door as it is unlocked, whatever is seen of it then.",
    ReceiptNotVerified: "The hub reads a receipt, and does not verify its signature.",
    ReceiptOffByOne: "A receipt names the entry before the last one that it tells of.",
    CaseOfAnyParcel: "A case's answer opens its door for whatever parcel it names.",
    CaseAtOpenDoor: "A case's answer does not wait for whoever has its door open.",
    SentIsClaimed: "What somebody sent is taken for an unannounced parcel: a pass that names its label makes it that person's.",
    ReceiptForNothing: "A sender is given a receipt although the door never opened.",
    ReceiptBeforeCommit: "Only pulses wait for the disk: a receipt is shown before the record that it names is written.",
    RetentionCountedTwice: "An hour of waiting is counted twice.",
    WaitedIsKept: "A parcel that is brought again has waited already: its retention does not begin anew.",
    BoardIsBelieved: "A door counts as opened and closed when its board has acknowledged the pulse.",
    GapsAreIgnored: "A door that was not seen for a while, and is closed, counts as never opened.",
    LeftOpenIsClosed: "A door that has stood open for ten minutes ends its opening as if it had closed.",
    OpenedUnaskedIgnored: "A door that opens with no opening is not noticed.",
    StopMeansNothing: "An opening that a stop interrupted counts as never begun.",
    PulseAtStart: "An unfinished opening goes on pulsing after a restart.",
    LockNotRested: "A lock is pulsed again as soon as its board has answered, whatever the schedule and its rest say.",
    ItemAtFirstWord: "An item sensor is believed at its first word, while what was put in still rocks.",
    ItemBehindOpenDoor: "An item sensor is believed whether its door is closed or not.",
    ItemSettlesHolds: "An item sensor that sees nothing takes what was held there out of the books.",
    ItemSettlesMissed: "An item sensor that sees nothing settles what is unknown, whatever may lie there and is known to be nowhere else.",
    BatteryLowIgnored: "Parcels are taken in although the battery will soon be empty.",
    BatteryLowServesNobody: "Once the battery is low nobody is served any more, not even who comes to collect.",
    PowerOffInOpening: "The machine switches itself off while somebody has a door open.",
    TemperatureIgnored: "A compartment is offered although it is out of its temperature range.",
    ChilledGoesAnywhere: "What must be kept cold is offered any compartment.",
    NeverGoesHome: "A screen that nobody touches is left as it is.",
    GapInChanges: "A change is applied although one before it is missing.",
    StaleChange: "A change is applied again when it comes again.",
    MissesForgivenAtStart: "A restart forgets how many codes were missed.",
    ActBeforeCommit: "An effect is done before the record that it follows from is on disk.",
    CommitErrorIgnored: "A commit that fails is logged, and the effects are done all the same.",
    CommitsOnlyTheFirst: "Of records that belong together only the first is written.",
    CommitsTwice: "Records that are written are not taken off the list, and are written again with the next.",
    PulseRepeated: "A pulse whose answer was not understood is sent once more.",
    NotAfterIgnored: "An unlock that had to wait is sent however late it is.",
    LockOffByOne: "The lock of the next compartment is pulsed.",
    SensorOffByOne: "A reading is taken for the next compartment's.",
    PassNotVerified: "A pass is read, and its signature is not verified.",
    PassOfAnotherLocker: "A genuine pass for another locker counts here.",
    ChangeNotVerified: "Changes are read, and their signatures are not verified.",
    ChangeOfAnotherLocker: "A genuine change for another locker is applied here.",
    AcknowledgementNotVerified: "What the hub is said to hold is believed without its signature.",
    HelloOfAnotherDay: "The hub's answer to another hello is taken for the answer to this one.",
    HeldWhenSent: "What was sent counts as held by the hub.",
    BatchSkipsOne: "A batch begins one entry too late.",
    NoSync: "The journal does not wait for the disk.",
    NoChain: "An entry does not carry the hash of the one before.",
    CheckpointForgets: "A part of the books is forgotten when they are written into a checkpoint.",
    PrunesTheTail: "Entries are pruned that no checkpoint covers and the hub may not hold.",
    KeysNotSynced: "The keys are written, and nobody waits until they are on disk.",
    SyncAsksTwice: "Sync sends a batch while another is under way.",
}

#[cfg(feature = "seeded-faults")]
mod sown {
    use std::cell::Cell;

    use super::Fault;

    thread_local! {
        // Of this thread: the runs of a test are side by side.
        static SOWN: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Whether this fault is there, on this thread.
    pub fn is(fault: Fault) -> bool {
        SOWN.get() == Some(fault)
    }

    /// Runs something with this fault in it, or without any, on this thread.
    pub fn with<T>(fault: Option<Fault>, run: impl FnOnce() -> T) -> T {
        struct Restore(Option<Fault>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SOWN.set(self.0);
            }
        }
        let _restore = Restore(SOWN.replace(fault));
        run()
    }
}

#[cfg(feature = "seeded-faults")]
pub use sown::{is, with};

/// Whether this fault is there. It is not: this program is built without faults.
#[cfg(not(feature = "seeded-faults"))]
#[inline(always)]
pub const fn is(_: Fault) -> bool {
    false
}
