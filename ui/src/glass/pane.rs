use std::rc::Rc;

use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, SharedString};

use crate::offscreen::{self, Offscreen, Picture};
use crate::screens::KioskWindow;

/// What the glass looks at and touches.
pub(crate) trait Pane {
    /// Brings the pixels up to date; whether anything was drawn.
    fn draw(&self) -> bool;
    /// The pixels.
    fn picture(&self) -> Picture;
    /// A finger down.
    fn press(&self, x: f32, y: f32);
    /// The finger up.
    fn release(&self, x: f32, y: f32);
    /// A key down and up again, by its text.
    fn key(&self, text: &str);
}

impl Pane for Rc<Offscreen> {
    fn draw(&self) -> bool {
        Offscreen::draw(self)
    }

    fn picture(&self) -> Picture {
        Offscreen::picture(self)
    }

    fn press(&self, x: f32, y: f32) {
        Offscreen::press(self, x, y);
    }

    fn release(&self, x: f32, y: f32) {
        Offscreen::release(self, x, y);
    }

    fn key(&self, text: &str) {
        Offscreen::key(self, text);
    }
}

/// A window on a display, which draws itself.
pub(crate) struct Shown(pub(crate) slint::Weak<KioskWindow>);

impl Shown {
    fn dispatch(&self, event: WindowEvent) {
        let Some(window) = self.0.upgrade() else { return };
        if let Err(cause) = window.window().dispatch_event_with_result(event) {
            log::warn!("an input was lost: {cause}");
        }
    }
}

impl Pane for Shown {
    fn draw(&self) -> bool {
        // What was drawn cannot be asked; changed words count.
        false
    }

    fn picture(&self) -> Picture {
        let nothing = Picture { width: 0, height: 0, png: Vec::new() };
        let Some(window) = self.0.upgrade() else { return nothing };
        match window.window().take_snapshot() {
            Ok(pixels) => {
                let bytes: Vec<u8> =
                    pixels.as_slice().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
                offscreen::picture_of(pixels.width(), pixels.height(), &bytes)
            }
            Err(cause) => {
                log::warn!("no picture of the window: {cause}");
                nothing
            }
        }
    }

    fn press(&self, x: f32, y: f32) {
        let position = LogicalPosition::new(x, y);
        self.dispatch(WindowEvent::PointerMoved { position });
        self.dispatch(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
    }

    fn release(&self, x: f32, y: f32) {
        let position = LogicalPosition::new(x, y);
        self.dispatch(WindowEvent::PointerMoved { position });
        self.dispatch(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
        self.dispatch(WindowEvent::PointerExited);
    }

    fn key(&self, text: &str) {
        let text = SharedString::from(text);
        self.dispatch(WindowEvent::KeyPressed { text: text.clone() });
        self.dispatch(WindowEvent::KeyReleased { text });
    }
}
