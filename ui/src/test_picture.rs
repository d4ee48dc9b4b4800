//! The doctor's test picture, in the kiosk's place on the kiosk's display.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, ModelRc, VecModel};

use crate::kiosk::one_line;
use crate::screens;
use crate::{Display, ScreenOptions, UiError};

/// Marks to be touched: three rows of three, numbered from the upper left as on a telephone.
pub const MARKS: u8 = 9;

/// What hands did to a test picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    /// The marks in the order in which they were first touched, each from 1 to [`MARKS`] and once.
    pub marks: Vec<u8>,
    /// Touches that hit no mark.
    pub beside: u32,
}

impl Touches {
    /// Nothing is left to be touched.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.marks.len() >= usize::from(MARKS)
    }
}

/// A picture that shows whether a display is whole and where its panel feels a finger. Belongs to the thread that made it, which
/// must be the main one for [`Display::Window`].
pub struct TestPicture {
    window: screens::TestPicture,
    touches: Rc<RefCell<Touches>>,
    surface: Surface,
}

enum Surface {
    Window,
    #[cfg(feature = "glass")]
    Offscreen(Rc<crate::offscreen::Offscreen>),
    #[cfg(feature = "glass")]
    Glass(Rc<crate::offscreen::Offscreen>, RefCell<crate::glass::Server>, crate::NowMs),
}

impl TestPicture {
    /// Makes the picture: all of the display, laid out by `options`' width in millimetres, on their display and by their clock.
    /// Nothing else of them counts.
    ///
    /// # Errors
    /// No display, options that no screen can have, a thread that has a screen already, a socket that cannot be made. A picture
    /// is not drawn beside a glass and in a window at once.
    pub fn new(options: &ScreenOptions) -> Result<Self, UiError> {
        options.checked_languages()?;
        let surface = match &options.display {
            Display::Window => Surface::Window,
            #[cfg(feature = "glass")]
            Display::Offscreen => Surface::Offscreen(crate::offscreen::install(options)?),
            #[cfg(feature = "glass")]
            Display::Glass(path) | Display::WindowWithGlass(path) => {
                let offscreen = crate::offscreen::install(options)?;
                let server = crate::glass::Server::bind(path)?;
                Surface::Glass(offscreen, RefCell::new(server), options.clock.clone())
            }
        };
        let no_display = |cause: slint::PlatformError| UiError::NoDisplay(one_line(&cause.to_string()));
        let window = screens::TestPicture::new().map_err(no_display)?;
        let (width, height) = options.pixels;
        window.window().set_size(slint::PhysicalSize::new(width, height));
        window.window().set_fullscreen(true);
        window.set_width_mm(options.width_mm);
        let touches = Rc::new(RefCell::new(Touches::default()));
        let (weak, hands) = (window.as_weak(), Rc::clone(&touches));
        window.on_landed(move |x, y| {
            if let Some(window) = weak.upgrade() {
                land(&window, &mut hands.borrow_mut(), (x, y));
            }
        });
        Ok(Self { window, touches, surface })
    }

    /// Shows the picture, and asks `go_on` again and again, `every` so long, until it says no or the window is closed.
    ///
    /// # Errors
    /// The display went away, or has nothing to be touched with that could be opened.
    pub fn run(
        &self,
        every: Duration,
        mut go_on: impl FnMut(&Touches) -> bool + 'static,
    ) -> Result<(), UiError> {
        let stopped = |cause: slint::PlatformError| UiError::Stopped(one_line(&cause.to_string()));
        let end = self.end();
        let touches = Rc::clone(&self.touches);
        let timer = slint::Timer::default();
        timer.start(slint::TimerMode::Repeated, every, move || {
            if !go_on(&touches.borrow()) {
                end();
            }
        });
        match &self.surface {
            Surface::Window => self.window.run().map_err(stopped),
            #[cfg(feature = "glass")]
            Surface::Offscreen(_) => Ok(()),
            #[cfg(feature = "glass")]
            Surface::Glass(offscreen, server, clock) => {
                self.window.show().map_err(stopped)?;
                let marks = through_the_glass::Marks::new(&self.window, clock.clone());
                server.borrow_mut().run(&marks, offscreen);
                self.window.hide().map_err(stopped)
            }
        }
    }

    /// What ends [`TestPicture::run`].
    fn end(&self) -> Box<dyn Fn()> {
        match &self.surface {
            #[cfg(feature = "glass")]
            Surface::Glass(_, server, _) => {
                let knock = server.borrow().knock();
                Box::new(move || knock.quit())
            }
            _ => Box::new(|| {
                if let Err(cause) = slint::quit_event_loop() {
                    log::warn!("the picture cannot be ended: {cause}");
                }
            }),
        }
    }

    /// What hands did so far.
    #[must_use]
    pub fn touches(&self) -> Touches {
        self.touches.borrow().clone()
    }

    /// Pixels across and down, as the display gave them once the picture was shown.
    #[must_use]
    pub fn pixels(&self) -> (u32, u32) {
        let size = self.window.window().size();
        (size.width, size.height)
    }

    /// The pixels of a picture without a display.
    ///
    /// # Errors
    /// A [`Display::Window`] keeps its pixels to itself.
    #[cfg(feature = "glass")]
    pub fn snapshot(&self) -> Result<crate::Picture, UiError> {
        let (Surface::Offscreen(offscreen) | Surface::Glass(offscreen, ..)) = &self.surface else {
            return Err(UiError::Stopped("a window's pixels cannot be read".into()));
        };
        self.window.show().map_err(|cause| UiError::Stopped(cause.to_string()))?;
        offscreen.draw();
        Ok(offscreen.picture())
    }

    /// A finger down and up again at a place of a picture without a display.
    #[cfg(feature = "glass")]
    pub fn tap(&self, x: f32, y: f32) {
        if let Surface::Offscreen(offscreen) | Surface::Glass(offscreen, ..) = &self.surface {
            offscreen.press(x, y);
            offscreen.release(x, y);
        }
    }

    /// The marks, each with its place; none of those that were touched.
    #[cfg(feature = "glass")]
    #[must_use]
    pub fn seen(&self) -> crate::Seen {
        through_the_glass::seen(&self.window)
    }
}

/// A finger came down.
fn land(window: &screens::TestPicture, touches: &mut Touches, (x, y): (f32, f32)) {
    let hit = (1..=MARKS).find(|mark| {
        let place = window.invoke_place(i32::from(*mark) - 1);
        (place.x..=place.x + place.w).contains(&x) && (place.y..=place.y + place.h).contains(&y)
    });
    window.set_beside(hit.is_none());
    match hit {
        Some(mark) if !touches.marks.contains(&mark) => touches.marks.push(mark),
        // A second time is a second time.
        Some(_) => {}
        None => {
            touches.beside = touches.beside.saturating_add(1);
            window.set_beside_x(x);
            window.set_beside_y(y);
        }
    }
    let touched = |mark: u8| touches.marks.contains(&mark);
    window.set_touched(ModelRc::new(VecModel::from_iter((1..=MARKS).map(touched))));
    window.set_count(crate::presenter::small(touches.marks.len()));
    window.set_next((1..=MARKS).find(|mark| !touched(*mark)).map_or(-1, |mark| i32::from(mark) - 1));
}

/// The picture as whoever looks through the glass meets it.
#[cfg(feature = "glass")]
mod through_the_glass {
    use std::time::Duration;

    use slint::{ComponentHandle, Model};

    use super::MARKS;
    use crate::glass::Behind;
    use crate::{Focus, NowMs, Seen, screens};

    pub(super) struct Marks {
        window: slint::Weak<screens::TestPicture>,
        clock: NowMs,
    }

    impl Marks {
        pub(super) fn new(window: &screens::TestPicture, clock: NowMs) -> Self {
            Self { window: window.as_weak(), clock }
        }
    }

    impl Behind for Marks {
        fn seen(&self) -> Seen {
            self.window.upgrade().map_or_else(Seen::default, |window| seen(&window))
        }

        fn now(&self) -> Duration {
            Duration::from_millis((self.clock)())
        }

        fn take_news(&self) {}
    }

    pub(super) fn seen(window: &screens::TestPicture) -> Seen {
        let touched = window.get_touched();
        let left = (1..=MARKS).filter(|mark| touched.row_data(usize::from(*mark) - 1) == Some(false));
        let focus = left.map(|mark| {
            let place = window.invoke_place(i32::from(mark) - 1);
            Focus {
                label: mark.to_string(),
                key: String::new(),
                focused: window.get_next() == i32::from(mark) - 1,
                x: place.x,
                y: place.y,
                width: place.w,
                height: place.h,
            }
        });
        Seen { spoken: format!("{} / {MARKS}", window.get_count()), focus: focus.collect(), revision: 0 }
    }
}
