use crate::language::LANGUAGES;
use crate::language_choice::{self, Room};
use crate::lists::Shown;
use crate::scene::MOST_PICKS;
use crate::screens::{self, Act};
use crate::typing::Typing;
use crate::{Intent, Refusal, Scene, Size, Task};

/// A button, and the key of a keypad that does the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Control {
    pub(crate) act: Act,
    /// A digit, `*` or `#`; empty where only the focus ring reaches it.
    pub(crate) key: String,
    /// The language that [`Act::Language`] chooses: a position in [`LANGUAGES`].
    pub(crate) language: Option<usize>,
    /// Where it stands: in the column of buttons or in a list, from 0; on the screen of all languages names from 0, -1 the
    /// way back, -2 the next page.
    pub(crate) slot: i32,
    /// The line that [`Act::Pick`] picks, among those that are shown.
    pub(crate) line: usize,
    /// It stands in the list, not in the column.
    pub(crate) row: bool,
    /// How it is now.
    pub(crate) chosen: bool,
}

impl Control {
    pub(crate) fn new(act: Act, key: impl Into<String>) -> Self {
        Self { act, key: key.into(), language: None, slot: 0, line: 0, row: false, chosen: false }
    }

    pub(crate) fn of_language(language: usize, key: impl Into<String>) -> Self {
        Self { language: Some(language), ..Self::new(Act::Language, key) }
    }

    /// As the screens read it.
    pub(crate) fn flat(self) -> screens::Control {
        let known = self.language.and_then(|position| LANGUAGES.get(position));
        screens::Control {
            act: self.act,
            key: self.key.into(),
            name: known.map_or("", |language| language.name).into(),
            family: known.map_or("", |language| language.font_family).into(),
            slot: self.slot,
            line: crate::presenter::small(self.line),
            row: self.row,
            chosen: self.chosen,
        }
    }
}

/// What of the strip is set for this locker, and how things are.
pub(crate) struct Strip<'a> {
    /// The locker's languages, as positions in [`LANGUAGES`].
    pub(crate) languages: &'a [usize],
    pub(crate) language: usize,
    /// "Lower doors" is offered, and whether it is chosen.
    pub(crate) lower_doors: Option<bool>,
    /// Somebody can speak what is shown.
    pub(crate) voice: bool,
    /// Buttons that have room.
    pub(crate) slots: usize,
    /// The longest name of a language that has room on one of so many buttons, in characters.
    pub(crate) longest_name: &'a dyn Fn(usize) -> usize,
}

/// Buttons with keys of their own; what comes after them are the keys of the strip.
const OWN_DIGITS: usize = 5;

/// The buttons of a scene, the most wanted first. What cannot be done now is absent.
pub(crate) fn actions(scene: &Scene, shown: Shown) -> Vec<Control> {
    let mut controls = match scene {
        Scene::TakeOut { .. } => {
            let mut controls = vec![Control::new(Act::OpenAll, "")];
            controls.extend(picks(scene, shown));
            controls
        }
        Scene::TechnicianDoors { .. } => picks(scene, shown),
        Scene::PickDeposit { deposits } => {
            let picks = (0..deposits.len().min(MOST_PICKS))
                .map(|line| Control { line, ..Control::new(Act::Pick, "") });
            picks.collect()
        }
        _ => vec![],
    };
    controls.extend(acts(scene, shown).into_iter().map(|act| Control::new(act, "")));
    let (mut rows, mut column) = (0, 0);
    for (index, control) in controls.iter_mut().enumerate() {
        // Star goes back, and erases before that where digits are typed.
        let last = control.act == Act::Back && (index >= OWN_DIGITS || Typing::for_scene(scene).is_typing());
        control.key = if last { "*".into() } else { (index + 1).to_string() };
        let slot = if control.row { &mut rows } else { &mut column };
        control.slot = *slot;
        *slot += 1;
    }
    controls
}

/// The lines that can be touched: where they stand, or as buttons where one line has all of the screen.
fn picks(scene: &Scene, shown: Shown) -> Vec<Control> {
    let count = scene.lines().saturating_sub(shown.first).min(shown.most);
    let row = shown.most > 1;
    (0..count).map(|line| Control { line, row, ..Control::new(Act::Pick, "") }).collect()
}

/// What can be done besides picking a line.
fn acts(scene: &Scene, shown: Shown) -> Vec<Act> {
    let pages = shown.first > 0 || shown.next(scene.lines()).is_some() || scene.page().1 > 1;
    let turned = pages.then_some(Act::NextPage);
    match scene {
        Scene::Working
        | Scene::Claim { .. }
        | Scene::Opening { .. }
        | Scene::PushDoor { .. }
        | Scene::Repaired => vec![],
        Scene::Home { sending, .. } => {
            [Act::Collect].into_iter().chain(sending.then_some(Act::Send)).chain([Act::Courier]).collect()
        }
        Scene::Code { .. }
        | Scene::SendScan { .. }
        | Scene::CourierSignIn { .. }
        | Scene::PickDeposit { .. } => {
            vec![Act::Back]
        }
        Scene::ScanCode => vec![Act::TypeCode, Act::Back],
        Scene::WrongCode { reason: Refusal::NoMatch | Refusal::Mistyped | Refusal::Unreadable } => {
            vec![Act::TypeCode, Act::Back]
        }
        Scene::WrongCode { .. } | Scene::CodesPaused { .. } | Scene::NoRoomToSend => vec![Act::Back],
        Scene::DoorOpen { task, left_open, choices, .. } => {
            let mut acts = if *task == Task::Take { vec![Act::Empty, Act::NotMine] } else { vec![] };
            acts.extend(choices.larger.then_some(Act::LargerDoor));
            acts.extend(choices.smaller.then_some(Act::SmallerDoor));
            acts.extend(choices.does_not_fit.then_some(Act::DoesNotFit));
            acts.extend(choices.found.then_some(Act::DirtyOrFull));
            // Four have room beside the map.
            acts.extend((*left_open && acts.len() < 4).then_some(Act::Skip));
            acts
        }
        Scene::List { .. } => vec![Act::OpenDoor, Act::NotNow],
        Scene::Next { .. } => vec![Act::NotNow],
        Scene::EmptyQuestion { .. } => vec![Act::Yes, Act::No],
        Scene::Reported { .. } | Scene::Sent { .. } | Scene::Receipt { .. } => vec![Act::Finish],
        Scene::NothingSent { .. } => vec![Act::TryAgain, Act::Finish],
        Scene::Done { reopen_door, receipt, .. } => {
            let mut acts: Vec<Act> = reopen_door.map(|_| Act::Reopen).into_iter().collect();
            acts.extend(receipt.then_some(Act::ShowReceipt));
            acts.push(Act::Finish);
            acts
        }
        Scene::Stuck { others_left, .. } => {
            vec![Act::TryAgain, Act::ItIsOpen, if *others_left { Act::GoOn } else { Act::Finish }]
        }
        Scene::CourierReady { to_take_out, can_undo, can_let_collect, .. } => {
            let mut acts = vec![];
            acts.extend((*to_take_out > 0).then_some(Act::TakeOut));
            acts.extend(can_undo.then_some(Act::NotInThere));
            acts.extend(can_let_collect.then_some(Act::LetCollect));
            acts.push(Act::Finish);
            acts
        }
        Scene::TakeOut { .. }
        | Scene::TechnicianDoors { .. }
        | Scene::TechnicianCases { .. }
        | Scene::InventoryDone { .. } => turned.into_iter().chain([Act::Back]).collect(),
        Scene::AddToDoor { .. } => vec![Act::Yes, Act::No],
        Scene::LabelQuestion { .. } => vec![Act::Back, Act::Yes],
        Scene::LeftOvers { .. } => vec![Act::Back, Act::Finish],
        Scene::StopDone { page, pages, .. } => {
            (page < pages).then_some(Act::NextReceipt).into_iter().chain([Act::Finish]).collect()
        }
        Scene::TechnicianHome { .. } => {
            vec![Act::Doors, Act::Inventory, Act::Cases, Act::About, Act::Finish]
        }
        Scene::TechnicianDoor { .. } => vec![Act::OpenThis, Act::ToggleService, Act::Back],
        Scene::InventoryIntro { unknown, .. } => {
            let unknown = (*unknown > 0).then_some(Act::OnlyUnknown);
            [Act::OpenAll].into_iter().chain(unknown).chain([Act::Back]).collect()
        }
        Scene::Inventory { found, .. } => {
            let empty = (*found == 0).then_some(Act::Empty);
            empty.into_iter().chain([Act::Skip, Act::Finish]).collect()
        }
        Scene::TechnicianAbout { .. } => vec![Act::Restart, Act::Back],
        Scene::ChooseSize { free, .. } | Scene::SendSize { free, .. } => {
            [(free.small, Act::Small), (free.medium, Act::Medium), (free.large, Act::Large)]
                .into_iter()
                .filter_map(|(free, act)| (free > 0).then_some(act))
                .chain([Act::Back])
                .collect()
        }
        Scene::StillThere { .. } => vec![Act::MoreTime, Act::Finish],
    }
}

/// The keypad's twelve places in phone order; a place with nothing to do is kept, to keep the others in theirs.
pub(crate) fn keypad(typing: &Typing) -> Vec<Control> {
    if !typing.is_typing() {
        return vec![];
    }
    let last = match typing {
        Typing::SignIn { .. } => Control::new(Act::Confirm, "#"),
        _ => Control::new(Act::None, ""),
    };
    (1..=9)
        .map(|digit| Control::new(Act::Digit, digit.to_string()))
        .chain([Control::new(Act::Erase, "*"), Control::new(Act::Digit, "0"), last])
        .collect()
}

/// The buttons that are always there. While digits are being typed they have no digit of their own.
pub(crate) fn strip(typing: &Typing, strip: &Strip<'_>) -> Vec<Control> {
    let mut others = vec![Control::new(Act::LargerText, "8")];
    others.extend(strip.lower_doors.map(|chosen| Control { chosen, ..Control::new(Act::LowerDoors, "7") }));
    others.extend(strip.voice.then(|| Control::new(Act::Listen, "6")));
    let buttons = strip.slots.saturating_sub(others.len()).max(1);
    let room = Room { buttons, longest_name: (strip.longest_name)(buttons + others.len()) };
    let mut all = language_choice::in_strip(strip.languages, strip.language, room);
    all.append(&mut others);
    if typing.is_typing() {
        all.iter_mut().for_each(|control| control.key.clear());
    }
    all
}

/// What a button asks of the program. The screen does the others by itself.
pub(crate) fn intent(act: Act) -> Option<Intent> {
    Some(match act {
        Act::Collect => Intent::CollectParcel,
        Act::Send => Intent::Send,
        Act::TypeCode => Intent::TypeCode,
        Act::Courier => Intent::Courier,
        Act::Back => Intent::Back,
        Act::Small => Intent::ChooseSize(Size::Small),
        Act::Medium => Intent::ChooseSize(Size::Medium),
        Act::Large => Intent::ChooseSize(Size::Large),
        Act::NotInThere => Intent::NotInThere,
        Act::Reopen => Intent::Reopen,
        Act::TryAgain => Intent::TryAgain,
        Act::ItIsOpen => Intent::ItIsOpen,
        Act::OpenDoor | Act::GoOn => Intent::GoOn,
        Act::OpenThis => Intent::OpenDoor,
        Act::Empty => Intent::Empty,
        Act::NotMine => Intent::NotMine,
        Act::Yes => Intent::Yes,
        Act::No => Intent::No,
        Act::Skip => Intent::Skip,
        Act::NotNow => Intent::NotNow,
        Act::MoreTime => Intent::MoreTime,
        Act::Finish => Intent::Finish,
        Act::TakeOut => Intent::TakeOut,
        Act::LowerDoors => Intent::LowerDoors,
        Act::LetCollect => Intent::LetCollect,
        Act::OpenAll => Intent::OpenAll,
        Act::LargerDoor => Intent::Larger,
        Act::SmallerDoor => Intent::Smaller,
        Act::DoesNotFit => Intent::DoesNotFit,
        Act::DirtyOrFull => Intent::DirtyOrFull,
        Act::ShowReceipt => Intent::ShowReceipt,
        Act::NextReceipt => Intent::NextReceipt,
        Act::Doors => Intent::Doors,
        Act::Inventory => Intent::Inventory,
        Act::Cases => Intent::Cases,
        Act::About => Intent::About,
        Act::NextPage => Intent::NextPage,
        Act::ToggleService => Intent::ToggleService,
        Act::OnlyUnknown => Intent::OnlyUnknown,
        Act::Restart => Intent::Restart,
        // What the screen does by itself, and what it says more about.
        Act::None
        | Act::Pick
        | Act::Language
        | Act::Languages
        | Act::MoreLanguages
        | Act::BackFromLanguages
        | Act::LargerText
        | Act::Listen
        | Act::Digit
        | Act::Erase
        | Act::Confirm => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Believed, DoorLine, DoorReading, Free};
    use crate::{Deposit, DoorChoices};

    const ALL: Shown = Shown { first: 0, most: 4 };

    fn doors(count: u32) -> Scene {
        let line =
            |door| DoorLine { door, reading: DoorReading::Closed, contents: Believed::Empty, out: false };
        Scene::TechnicianDoors { doors: (1..=count).map(line).collect(), page: 1, pages: 1 }
    }

    #[test]
    fn a_size_with_nothing_free_is_absent() {
        let scene =
            Scene::ChooseSize { free: Free { small: 2, medium: 0, large: 1 }, label_tail: "4711".into() };
        let acts: Vec<Act> = actions(&scene, ALL).into_iter().map(|control| control.act).collect();
        assert_eq!(acts, [Act::Small, Act::Large, Act::Back]);
    }

    #[test]
    fn at_most_three_deposits_can_be_doubted() {
        let deposit = Deposit { door: 4, label_tail: "0001".into() };
        assert_eq!(actions(&Scene::PickDeposit { deposits: vec![deposit; 9] }, ALL).len(), 4);
    }

    /// With everything that a locker can offer.
    fn full_strip() -> Strip<'static> {
        Strip {
            languages: &[0, 1, 0, 1, 0, 1],
            language: 0,
            lower_doors: Some(false),
            voice: true,
            slots: 6,
            longest_name: &|_| 12,
        }
    }

    #[test]
    fn keys_of_buttons_and_of_the_strip_never_meet() {
        let deposits =
            Scene::PickDeposit { deposits: vec![Deposit { door: 1, label_tail: String::new() }; 3] };
        for scene in [deposits, doors(6), Scene::TechnicianHome { troubles: vec![], more: 0 }] {
            let mut keys: Vec<String> = actions(&scene, ALL)
                .into_iter()
                .chain(strip(&Typing::Nothing, &full_strip()))
                .map(|control| control.key)
                .collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), all, "{scene:?}");
        }
    }

    #[test]
    fn a_list_of_one_page_has_nothing_to_turn() {
        let turns = |scene: &Scene, shown| {
            actions(scene, shown).into_iter().any(|control| control.act == Act::NextPage)
        };
        assert!(!turns(&doors(4), ALL));
        assert!(turns(&doors(5), ALL), "the fifth has no room");
        assert!(turns(&doors(5), Shown { first: 4, most: 4 }), "and the way back to the first");
    }

    #[test]
    fn what_an_inventory_found_and_has_no_room_comes_on_the_next_page() {
        let wrong = crate::Trouble { door: Some(7), sensor: None, what: crate::TroubleKind::OpenBefore };
        let scene = Scene::InventoryDone { doors: 9, troubles: vec![wrong; 3], more: 2 };
        let first = Shown { first: 0, most: 1 };
        assert_eq!(actions(&scene, first)[0].act, Act::NextPage);
        assert_eq!(scene.flat(first).count, 4);
        assert_eq!(scene.flat(Shown { first: 2, most: 1 }).count, 2);
    }

    #[test]
    fn only_what_can_be_done_at_an_open_door_is_offered() {
        let open = |choices| Scene::DoorOpen {
            door: 7,
            task: Task::PutIn,
            index: 1,
            of: 1,
            left_open: false,
            choices,
            note: crate::DepositNote::None,
        };
        assert!(actions(&open(DoorChoices::default()), ALL).is_empty());
        let choices = DoorChoices { larger: true, found: true, ..DoorChoices::default() };
        let acts: Vec<Act> = actions(&open(choices), ALL).into_iter().map(|control| control.act).collect();
        assert_eq!(acts, [Act::LargerDoor, Act::DirtyOrFull]);
    }
}
