use crate::Size;

/// What the person wants. Says nothing about whether they may.
#[derive(Clone, PartialEq, Eq)]
pub enum Intent {
    /// Somebody wants their parcel.
    CollectParcel,
    /// Somebody wants to send a parcel.
    Send,
    /// To type the code rather than scan it.
    TypeCode,
    /// Ten digits, complete, as typed; not checked.
    Digits(String),
    /// A courier has come.
    Courier,
    /// A courier's number and PIN, as typed (1 to 12 digits each).
    SignIn {
        /// The courier's number.
        id: String,
        /// Their PIN.
        pin: String,
    },
    /// One screen back.
    Back,
    /// The size of compartment for a label nobody announced.
    ChooseSize(Size),
    /// A courier says that a parcel is not where it is recorded.
    NotInThere,
    /// One of the deposits or doors of a list, counted from 0.
    Pick(u32),
    /// Open the same door once more.
    Reopen,
    /// Pulse the stuck door again.
    TryAgain,
    /// The door is open though its sensor says it is not.
    ItIsOpen,
    /// Open the door that the list names; or leave the stuck door, go on with the others.
    GoOn,
    /// Nothing is inside.
    Empty,
    /// The parcel is somebody else's.
    NotMine,
    /// Yes, report it.
    Yes,
    /// No.
    No,
    /// Leave the door that is still open, go on with the next.
    Skip,
    /// Keep the rest for another visit.
    NotNow,
    /// Still here.
    MoreTime,
    /// Done.
    Finish,
    /// A courier wants what is to be taken out.
    TakeOut,
    /// A courier lets somebody collect; their own stop waits.
    LetCollect,
    /// All doors of the list, one after another.
    OpenAll,
    /// A larger compartment, please.
    Larger,
    /// A smaller compartment, please.
    Smaller,
    /// The parcel fits nowhere.
    DoesNotFit,
    /// The compartment is dirty, or something is in it.
    DirtyOrFull,
    /// The receipt of what was taken.
    ShowReceipt,
    /// The next receipt of this stop.
    NextReceipt,
    /// A technician wants the list of doors.
    Doors,
    /// A technician wants to count what is inside.
    Inventory,
    /// A technician wants the list of cases.
    Cases,
    /// A technician wants to know about this locker.
    About,
    /// The next page of a list; after the last comes the first.
    NextPage,
    /// A technician opens the door that is shown.
    OpenDoor,
    /// The door that is shown goes out of service, or back.
    ToggleService,
    /// To count only what is not known.
    OnlyUnknown,
    /// To restart the screen.
    Restart,
    /// Only doors that can be reached from a wheelchair.
    LowerDoors,
    /// What is on the screen is to be spoken.
    Listen {
        /// The words, in that language.
        spoken: String,
        /// A code of [`crate::LANGUAGES`].
        language: &'static str,
    },
    /// A key was pressed that decides nothing yet (at most one a second): the person is still there.
    Active,
}

/// Codes, numbers and PINs are nobody's business in a log.
impl std::fmt::Debug for Intent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::CollectParcel => "CollectParcel",
            Self::Send => "Send",
            Self::TypeCode => "TypeCode",
            Self::Digits(_) => "Digits(..)",
            Self::Courier => "Courier",
            Self::SignIn { .. } => "SignIn(..)",
            Self::Back => "Back",
            Self::ChooseSize(size) => return write!(f, "ChooseSize({size:?})"),
            Self::NotInThere => "NotInThere",
            Self::Pick(index) => return write!(f, "Pick({index})"),
            Self::Reopen => "Reopen",
            Self::TryAgain => "TryAgain",
            Self::ItIsOpen => "ItIsOpen",
            Self::GoOn => "GoOn",
            Self::Empty => "Empty",
            Self::NotMine => "NotMine",
            Self::Yes => "Yes",
            Self::No => "No",
            Self::Skip => "Skip",
            Self::NotNow => "NotNow",
            Self::MoreTime => "MoreTime",
            Self::Finish => "Finish",
            Self::TakeOut => "TakeOut",
            Self::LetCollect => "LetCollect",
            Self::OpenAll => "OpenAll",
            Self::Larger => "Larger",
            Self::Smaller => "Smaller",
            Self::DoesNotFit => "DoesNotFit",
            Self::DirtyOrFull => "DirtyOrFull",
            Self::ShowReceipt => "ShowReceipt",
            Self::NextReceipt => "NextReceipt",
            Self::Doors => "Doors",
            Self::Inventory => "Inventory",
            Self::Cases => "Cases",
            Self::About => "About",
            Self::NextPage => "NextPage",
            Self::OpenDoor => "OpenDoor",
            Self::ToggleService => "ToggleService",
            Self::OnlyUnknown => "OnlyUnknown",
            Self::Restart => "Restart",
            Self::LowerDoors => "LowerDoors",
            Self::Listen { .. } => "Listen(..)",
            Self::Active => "Active",
        };
        f.write_str(name)
    }
}
