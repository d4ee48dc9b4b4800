//! What somebody meets who does not see the pixels.

use slint::{Global, Model};

use super::hands::Row;
use super::{Presenter, small};
use crate::screens::{self, Act, Place};
use crate::{Focus, Seen};

impl Presenter {
    /// The facts, and every button with its key. A dark screen says nothing until it is woken.
    pub(crate) fn seen(&self) -> Seen {
        let Some(window) = self.window.upgrade() else { return Seen::default() };
        if self.state.borrow().blank {
            return Seen::default();
        }
        let kiosk = screens::Kiosk::get(&window);
        let focus_at = self.state.borrow().focus;
        let mut said: Vec<String> = Vec::new();
        for fact in [
            kiosk.invoke_banner(),
            kiosk.invoke_progress(),
            kiosk.invoke_title(),
            kiosk.invoke_sentence(),
            kiosk.invoke_claim_spoken(),
            kiosk.invoke_where_spoken(),
            kiosk.invoke_field_name(),
            kiosk.invoke_typing_spoken(),
        ]
        .into_iter()
        .chain(kiosk.get_scene().lines.iter().map(|line| kiosk.invoke_line_spoken(line)))
        {
            let fact = as_spoken(&fact).replace('\n', " ");
            if !fact.is_empty() {
                let ends = fact.ends_with(['.', '?', '!', ':', '。', '？', '؟']);
                said.push(if ends { fact } else { format!("{fact}.") });
            }
        }
        let (drift_x, drift_y) = self.drifted();
        let mut focus = Vec::new();
        for (at, stop) in self.stops().into_iter().enumerate() {
            let control = stop.control;
            let label = if control.act == Act::Digit {
                control.key.clone()
            } else {
                let label = as_spoken(&kiosk.invoke_label(control.clone().flat()));
                if !control.key.is_empty() && stop.row != Row::Keypad {
                    let named = if control.chosen {
                        kiosk.invoke_spoken_chosen(label.as_str().into()).to_string()
                    } else {
                        label.clone()
                    };
                    said.push(
                        kiosk.invoke_spoken(named.as_str().into(), control.key.as_str().into()).to_string(),
                    );
                }
                label
            };
            let index = small(stop.index);
            let Place { x, y, w, h } = match stop.row {
                Row::Actions => kiosk.invoke_action_place(index),
                Row::Keypad => kiosk.invoke_keypad_place(index),
                Row::Strip => kiosk.invoke_strip_place(index),
            };
            focus.push(Focus {
                label,
                key: control.key,
                focused: focus_at == Some(at),
                x: x + drift_x,
                y: y + drift_y,
                width: w,
                height: h,
            });
        }
        Seen { spoken: said.join(" "), focus, revision: 0 }
    }
}

/// A space that no line breaks at matters to the eye only.
fn as_spoken(text: &str) -> String {
    text.replace('\u{a0}', " ")
}
