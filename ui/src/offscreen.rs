//! A screen in memory: real pixels, no display.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{
    Platform, PointerEventButton, WindowAdapter, WindowEvent, update_timers_and_animations,
};
use slint::{LogicalPosition, PhysicalSize, PlatformError, Rgb8Pixel, SharedPixelBuffer};

use crate::{NowMs, ScreenOptions, UiError};

/// The pixels of a screen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// A PNG, 8 bits each of red, green and blue.
    pub png: Vec<u8>,
}

/// The window's pixels, and the ways to touch it.
pub(crate) struct Offscreen {
    window: Rc<MinimalSoftwareWindow>,
    pixels: RefCell<SharedPixelBuffer<Rgb8Pixel>>,
    size: PhysicalSize,
}

struct InMemory {
    window: Rc<MinimalSoftwareWindow>,
    clock: NowMs,
}

impl Platform for InMemory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        Duration::from_millis((self.clock)())
    }
}

/// Makes this thread's screen one in memory.
///
/// # Errors
/// The thread has a screen already.
pub(crate) fn install(options: &ScreenOptions) -> Result<Rc<Offscreen>, UiError> {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
    let (width, height) = options.pixels;
    let platform = InMemory { window: Rc::clone(&window), clock: options.clock.clone() };
    slint::platform::set_platform(Box::new(platform)).map_err(|_| UiError::AlreadyOpen)?;
    let pixels = RefCell::new(SharedPixelBuffer::new(width, height));
    Ok(Rc::new(Offscreen { window, pixels, size: PhysicalSize::new(width, height) }))
}

impl Offscreen {
    /// Brings timers and pixels up to date; whether anything was drawn.
    pub(crate) fn draw(&self) -> bool {
        // Twice: what a timer changed may make others notice, and their changes belong to this frame.
        update_timers_and_animations();
        update_timers_and_animations();
        let mut pixels = self.pixels.borrow_mut();
        self.window.draw_if_needed(|renderer| {
            renderer.render(pixels.make_mut_slice(), self.size.width as usize);
        })
    }

    pub(crate) fn picture(&self) -> Picture {
        let pixels = self.pixels.borrow();
        picture_of(self.size.width, self.size.height, pixels.as_bytes())
    }

    pub(crate) fn press(&self, x: f32, y: f32) {
        let position = self.position(x, y);
        self.dispatch(WindowEvent::PointerMoved { position });
        self.dispatch(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
    }

    pub(crate) fn release(&self, x: f32, y: f32) {
        let position = self.position(x, y);
        self.dispatch(WindowEvent::PointerMoved { position });
        self.dispatch(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
        // A finger does not hover.
        self.dispatch(WindowEvent::PointerExited);
    }

    pub(crate) fn key(&self, text: &str) {
        self.dispatch(WindowEvent::WindowActiveChanged(true));
        self.dispatch(WindowEvent::KeyPressed { text: text.into() });
        self.dispatch(WindowEvent::KeyReleased { text: text.into() });
    }

    fn dispatch(&self, event: WindowEvent) {
        update_timers_and_animations();
        if let Err(cause) = self.window.dispatch_event_with_result(event) {
            log::warn!("an input was lost: {cause}");
        }
    }

    fn position(&self, x: f32, y: f32) -> LogicalPosition {
        // A finger beside the screen is beside it, however far; and no number is not a place.
        let near = |at: f32| if at.is_finite() { at.clamp(-1.0, 10_000.0) } else { -1.0 };
        LogicalPosition::new(near(x), near(y))
    }
}

/// A picture of pixels, each red, green and blue.
pub(crate) fn picture_of(width: u32, height: u32, bytes: &[u8]) -> Picture {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::Up);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(bytes));
    if let Err(cause) = written {
        // A writer into memory of the very size it was promised.
        log::error!("no picture: {cause}");
    }
    Picture { width, height, png }
}
