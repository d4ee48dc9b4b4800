use crate::language::LANGUAGES;
use crate::language_choice::{self, Room};
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
    /// Where it stands on the screen of all languages: names from 0, -1 the way back, -2 the next page.
    pub(crate) slot: i32,
    /// How it is now.
    pub(crate) chosen: bool,
}

impl Control {
    pub(crate) fn new(act: Act, key: impl Into<String>) -> Self {
        Self { act, key: key.into(), language: None, slot: 0, chosen: false }
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

/// The buttons of a scene, the most wanted first. What cannot be done now is absent.
pub(crate) fn actions(scene: &Scene) -> Vec<Control> {
    let acts: Vec<Act> = match scene {
        Scene::Working
        | Scene::Claim { .. }
        | Scene::Opening { .. }
        | Scene::PushDoor { .. }
        | Scene::Repaired => vec![],
        Scene::Home { sending, .. } => {
            [Act::Collect].into_iter().chain(sending.then_some(Act::Send)).chain([Act::Courier]).collect()
        }
        // Star erases, and with nothing to erase goes back.
        Scene::Code { .. } | Scene::SendScan { .. } | Scene::CourierSignIn { .. } => {
            return vec![Control::new(Act::Back, "*")];
        }
        Scene::ScanCode => vec![Act::TypeCode, Act::Back],
        Scene::WrongCode { reason: Refusal::NoMatch | Refusal::Mistyped | Refusal::Unreadable } => {
            vec![Act::TypeCode, Act::Back]
        }
        Scene::WrongCode { .. } | Scene::CodesPaused { .. } | Scene::NoRoom { .. } | Scene::NoRoomToSend => {
            vec![Act::Back]
        }
        Scene::DoorOpen { task, left_open, .. } => {
            let mut acts = if *task == Task::Take { vec![Act::Empty, Act::NotMine] } else { vec![] };
            acts.extend(left_open.then_some(Act::Skip));
            acts
        }
        Scene::List { .. } => vec![Act::OpenDoor, Act::NotNow],
        Scene::Next { .. } => vec![Act::NotNow],
        Scene::EmptyQuestion { .. } => vec![Act::Yes, Act::No],
        Scene::Reported { .. } | Scene::Sent { .. } => vec![Act::Finish],
        Scene::NothingSent { .. } => vec![Act::TryAgain, Act::Finish],
        Scene::Done { reopen_door, .. } => {
            reopen_door.map(|_| Act::Reopen).into_iter().chain([Act::Finish]).collect()
        }
        Scene::Stuck { others_left, .. } => {
            vec![Act::TryAgain, Act::ItIsOpen, if *others_left { Act::GoOn } else { Act::Finish }]
        }
        Scene::CourierReady { to_take_out, can_undo, .. } => {
            let mut acts = vec![];
            acts.extend((*to_take_out > 0).then_some(Act::TakeOut));
            acts.extend(can_undo.then_some(Act::NotInThere));
            acts.push(Act::Finish);
            acts
        }
        Scene::ChooseSize { free, .. } | Scene::SendSize { free, .. } => {
            [(free.small, Act::Small), (free.medium, Act::Medium), (free.large, Act::Large)]
                .into_iter()
                .filter_map(|(free, act)| (free > 0).then_some(act))
                .chain([Act::Back])
                .collect()
        }
        Scene::PickDeposit { deposits } => [Act::PickFirst, Act::PickSecond, Act::PickThird]
            .into_iter()
            .take(deposits.len())
            .chain([Act::Back])
            .collect(),
        Scene::StillThere { .. } => vec![Act::MoreTime, Act::Finish],
    };
    acts.into_iter().enumerate().map(|(index, act)| Control::new(act, (index + 1).to_string())).collect()
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
        Act::PickFirst => Intent::Pick(0),
        Act::PickSecond => Intent::Pick(1),
        Act::PickThird => Intent::Pick(2),
        Act::Reopen => Intent::Reopen,
        Act::TryAgain => Intent::TryAgain,
        Act::ItIsOpen => Intent::ItIsOpen,
        Act::OpenDoor | Act::GoOn => Intent::GoOn,
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
        // What the screen does by itself, and what it says more about.
        Act::None
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
    use crate::{Deposit, Free};

    #[test]
    fn a_size_with_nothing_free_is_absent() {
        let scene =
            Scene::ChooseSize { free: Free { small: 2, medium: 0, large: 1 }, label_tail: "4711".into() };
        let acts: Vec<Act> = actions(&scene).into_iter().map(|control| control.act).collect();
        assert_eq!(acts, [Act::Small, Act::Large, Act::Back]);
    }

    #[test]
    fn at_most_three_deposits_can_be_doubted() {
        let deposit = Deposit { door: 4, label_tail: "0001".into() };
        assert_eq!(actions(&Scene::PickDeposit { deposits: vec![deposit; 9] }).len(), 4);
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
        let scene = Scene::PickDeposit { deposits: vec![Deposit { door: 1, label_tail: String::new() }; 3] };
        let mut keys: Vec<String> = actions(&scene)
            .into_iter()
            .chain(strip(&Typing::Nothing, &full_strip()))
            .map(|control| control.key)
            .collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
