use crate::{Intent, Scene};

/// Digits of a pickup code.
pub(crate) const CODE_DIGITS: usize = 10;
/// Most digits of a courier's number, and of a PIN.
const FIELD_DIGITS: usize = 12;

/// What is being typed. Lives here only: whoever is told, is told once, when it is complete.
#[derive(Default)]
pub(crate) enum Typing {
    /// This screen takes no digits.
    #[default]
    Nothing,
    Code(String),
    /// The code of a return; as long as a pickup code.
    ReturnCode(String),
    SignIn {
        id: String,
        pin: String,
        in_pin: bool,
    },
}

/// A key of the typing screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    Digit(char),
    Erase,
    Confirm,
}

impl Typing {
    pub(crate) fn for_scene(scene: &Scene) -> Self {
        match scene {
            Scene::Code { .. } => Self::Code(String::new()),
            Scene::SendScan { .. } => Self::ReturnCode(String::new()),
            Scene::CourierSignIn { .. } => {
                Self::SignIn { id: String::new(), pin: String::new(), in_pin: false }
            }
            _ => Self::Nothing,
        }
    }

    /// Whether this is the typing of that scene.
    pub(crate) fn fits(&self, scene: &Scene) -> bool {
        matches!(
            (self, scene),
            (Self::Code(_), Scene::Code { .. })
                | (Self::ReturnCode(_), Scene::SendScan { .. })
                | (Self::SignIn { .. }, Scene::CourierSignIn { .. })
        )
    }

    pub(crate) fn is_typing(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Takes a key; gives an intent when that completes something, or when there is nothing to erase.
    pub(crate) fn stroke(&mut self, stroke: Stroke) -> Option<Intent> {
        match self {
            Self::Nothing => None,
            Self::Code(digits) | Self::ReturnCode(digits) => match stroke {
                Stroke::Digit(digit) if digits.len() < CODE_DIGITS => {
                    digits.push(digit);
                    (digits.len() == CODE_DIGITS).then(|| Intent::Digits(digits.clone()))
                }
                Stroke::Erase => digits.pop().is_none().then_some(Intent::Back),
                Stroke::Digit(_) | Stroke::Confirm => None,
            },
            Self::SignIn { id, pin, in_pin } => {
                let field = if *in_pin { &mut *pin } else { &mut *id };
                match stroke {
                    Stroke::Digit(digit) => {
                        if field.len() < FIELD_DIGITS {
                            field.push(digit);
                        }
                        None
                    }
                    Stroke::Erase => {
                        if field.pop().is_some() {
                            return None;
                        }
                        if !*in_pin {
                            return Some(Intent::Back);
                        }
                        *in_pin = false;
                        None
                    }
                    Stroke::Confirm if field.is_empty() => None,
                    Stroke::Confirm if *in_pin => Some(Intent::SignIn { id: id.clone(), pin: pin.clone() }),
                    Stroke::Confirm => {
                        *in_pin = true;
                        None
                    }
                }
            }
        }
    }

    /// What the field shows. A PIN is dots from here on.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Code(digits) | Self::ReturnCode(digits) => digits.clone(),
            Self::SignIn { pin, in_pin: true, .. } => "\u{2022}".repeat(pin.len()),
            Self::SignIn { id, .. } => id.clone(),
        }
    }

    /// The digits of a code, which stand in cells.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Code(digits) | Self::ReturnCode(digits) => Some(digits),
            Self::Nothing | Self::SignIn { .. } => None,
        }
    }

    /// 0 for the first field, 1 for the second.
    pub(crate) fn field(&self) -> i32 {
        i32::from(matches!(self, Self::SignIn { in_pin: true, .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(typing: &mut Typing, keys: &str) -> Vec<Intent> {
        keys.chars()
            .filter_map(|key| {
                typing.stroke(match key {
                    '*' => Stroke::Erase,
                    '#' => Stroke::Confirm,
                    digit => Stroke::Digit(digit),
                })
            })
            .collect()
    }

    #[test]
    fn the_tenth_digit_hands_over_the_code() {
        let mut typing = Typing::for_scene(&Scene::Code { refused: None });
        assert_eq!(typed(&mut typing, "012345678"), []);
        assert_eq!(typed(&mut typing, "9"), [Intent::Digits("0123456789".into())]);
        assert_eq!(typed(&mut typing, "5"), [], "an eleventh digit is nothing");
    }

    #[test]
    fn a_wrong_digit_can_be_erased_and_erasing_nothing_goes_back() {
        let mut typing = Typing::for_scene(&Scene::Code { refused: None });
        assert_eq!(typed(&mut typing, "12*"), []);
        assert_eq!(typing.shown(), "1");
        assert_eq!(typed(&mut typing, "**"), [Intent::Back]);
    }

    #[test]
    fn digits_of_a_pickup_code_are_not_taken_for_those_of_a_return() {
        let mut typing = Typing::for_scene(&Scene::Code { refused: None });
        typed(&mut typing, "123");
        assert!(!typing.fits(&Scene::SendScan { refused: None }));
    }

    #[test]
    fn a_courier_signs_in_with_number_and_pin_and_the_pin_is_never_shown() {
        let mut typing = Typing::for_scene(&Scene::CourierSignIn { wrong: false });
        assert_eq!(typed(&mut typing, "#4711#"), [], "an empty field is not confirmed");
        assert_eq!(typed(&mut typing, "2468"), []);
        assert_eq!(typing.shown(), "\u{2022}\u{2022}\u{2022}\u{2022}");
        assert_eq!(typed(&mut typing, "#"), [Intent::SignIn { id: "4711".into(), pin: "2468".into() }]);
    }

    #[test]
    fn erasing_an_empty_pin_returns_to_the_number() {
        let mut typing = Typing::for_scene(&Scene::CourierSignIn { wrong: false });
        assert_eq!(typed(&mut typing, "47#*"), []);
        assert_eq!((typing.field(), typing.shown().as_str()), (0, "47"));
    }

    #[test]
    fn a_field_has_an_end() {
        let mut typing = Typing::for_scene(&Scene::CourierSignIn { wrong: false });
        typed(&mut typing, &"9".repeat(500));
        assert_eq!(typing.shown().len(), FIELD_DIGITS);
    }
}
