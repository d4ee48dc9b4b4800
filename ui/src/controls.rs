use crate::screens::Act;
use crate::typing::Typing;
use crate::{Intent, Refusal, Scene, Size, Task};

/// A button, and the key of a keypad that does the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Control {
    pub(crate) act: Act,
    pub(crate) key: String,
}

impl Control {
    fn new(act: Act, key: impl Into<String>) -> Self {
        Self { act, key: key.into() }
    }
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
pub(crate) fn strip(typing: &Typing, lower_doors: bool) -> Vec<Control> {
    let all = [(Act::Language, "9"), (Act::LargerText, "8"), (Act::LowerDoors, "7")];
    all.into_iter()
        .filter(|(act, _)| *act != Act::LowerDoors || lower_doors)
        .map(|(act, key)| Control::new(act, if typing.is_typing() { "" } else { key }))
        .collect()
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
        Act::None | Act::Language | Act::LargerText | Act::Digit | Act::Erase | Act::Confirm => return None,
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

    #[test]
    fn keys_of_buttons_and_of_the_strip_never_meet() {
        let scene = Scene::PickDeposit { deposits: vec![Deposit { door: 1, label_tail: String::new() }; 3] };
        let mut keys: Vec<String> = actions(&scene)
            .into_iter()
            .chain(strip(&Typing::Nothing, true))
            .map(|control| control.key)
            .collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
