use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use slint::{ComponentHandle, Global, ModelRc, VecModel};

use crate::presenter::Presenter;
use crate::screens::{self, KioskWindow, Panel};
use crate::{Display, Intent, Scene, ScreenOptions, UiError};

/// A button or key as somebody without sight or without a touchscreen meets it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "glass", derive(serde::Serialize, serde::Deserialize))]
pub struct Focus {
    /// What is written on it, in the screen's language.
    pub label: String,
    /// The keypad's key that does the same: a digit, `*` or `#`; empty where only the focus ring reaches it.
    pub key: String,
    /// Whether the focus ring stands here.
    pub focused: bool,
    /// Left edge, in pixels.
    pub x: f32,
    /// Top edge, in pixels.
    pub y: f32,
    /// Across, in pixels.
    pub width: f32,
    /// Down, in pixels.
    pub height: f32,
}

/// The screen without its pixels.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "glass", derive(serde::Serialize, serde::Deserialize))]
pub struct Seen {
    /// What is spoken: the fact, the sentence, the buttons with their keys. Never a typed digit.
    pub spoken: String,
    /// The order in which Tab goes.
    pub focus: Vec<Focus>,
    /// Grows whenever the screen changes.
    pub revision: u64,
}

/// The screen of one locker. Belongs to the thread that made it, which must be the main one for [`Display::Window`].
pub struct Kiosk {
    pub(crate) window: KioskWindow,
    pub(crate) presenter: Rc<Presenter>,
    pub(crate) shared: Arc<Shared>,
    timers: RefCell<Vec<slint::Timer>>,
    surface: Surface,
}

enum Surface {
    Window,
    #[cfg(feature = "glass")]
    Offscreen(Rc<crate::offscreen::Offscreen>),
    #[cfg(feature = "glass")]
    Glass(Rc<crate::offscreen::Offscreen>, RefCell<crate::glass::Server>),
    #[cfg(feature = "glass")]
    WindowWithGlass(Rc<RefCell<crate::glass::Server>>),
}

/// How often a glass beside a window is looked at: a window's loop cannot be woken by a socket.
#[cfg(feature = "glass")]
const LOOK_BESIDE_EVERY: Duration = Duration::from_millis(20);

/// Tells the screen from other threads. Clones tell the same screen.
#[derive(Clone)]
pub struct KioskHandle {
    shared: Arc<Shared>,
}

/// What other threads have said and the screen has not yet taken: the last of each kind only, so that it is bounded.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) scene: Option<Scene>,
    pub(crate) night: Option<bool>,
    pub(crate) lower_doors: Option<bool>,
    /// What was wanted has been dealt with, and nothing else is to be shown.
    pub(crate) answered: bool,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.scene.is_none() && self.night.is_none() && self.lower_doors.is_none() && !self.answered
    }
}

pub(crate) struct Shared {
    pending: Mutex<Pending>,
    waker: Waker,
}

enum Waker {
    Window(slint::Weak<KioskWindow>),
    #[cfg(feature = "glass")]
    Glass(crate::glass::Knock),
    /// Whoever looks takes what is pending first.
    #[cfg(feature = "glass")]
    WhenLooked,
}

impl Shared {
    pub(crate) fn take(&self) -> Pending {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, change: impl FnOnce(&mut Pending)) {
        let was_empty = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = pending.is_empty();
            change(&mut pending);
            was_empty
        };
        // One knock is enough for all that follows until the screen has looked.
        if !was_empty {
            return;
        }
        match &self.waker {
            Waker::Window(window) => {
                let told = window.upgrade_in_event_loop(|window| screens::Kiosk::get(&window).invoke_wake());
                if let Err(cause) = told {
                    log::warn!("the screen cannot be told: {cause}");
                }
            }
            #[cfg(feature = "glass")]
            Waker::Glass(knock) => knock.wake(),
            #[cfg(feature = "glass")]
            Waker::WhenLooked => {}
        }
    }
}

impl KioskHandle {
    /// Shows a scene soon. Where several come before the screen gets to draw, only the last is seen.
    pub fn show(&self, scene: Scene) {
        self.shared.put(|pending| pending.scene = Some(scene));
    }

    /// Night or day.
    pub fn set_night(&self, night: bool) {
        self.shared.put(|pending| pending.night = Some(night));
    }

    /// What the person wanted has been dealt with, and what is shown stands: "One moment" goes away. Not needed with a
    /// scene: each is an answer.
    pub fn answered(&self) {
        self.shared.put(|pending| pending.answered = true);
    }

    /// Shows whether "Lower doors" is chosen. The program knows it; the screen only asks for it ([`Intent::LowerDoors`]).
    pub fn set_lower_doors(&self, chosen: bool) {
        self.shared.put(|pending| pending.lower_doors = Some(chosen));
    }

    /// Ends [`Kiosk::run`].
    pub fn quit(&self) {
        match &self.shared.waker {
            Waker::Window(_) => {
                if let Err(cause) = slint::quit_event_loop() {
                    log::warn!("the screen cannot be ended: {cause}");
                }
            }
            #[cfg(feature = "glass")]
            Waker::Glass(knock) => knock.quit(),
            #[cfg(feature = "glass")]
            Waker::WhenLooked => {}
        }
    }
}

impl Kiosk {
    /// Makes the screen; it shows "One moment" until it is told something.
    ///
    /// # Errors
    /// No display, options that no screen can have, a thread that has a screen already, a socket that cannot be made.
    pub fn new(options: &ScreenOptions) -> Result<Self, UiError> {
        let (language, languages) = options.checked_languages()?;
        let (surface, waker) = match &options.display {
            Display::Window => (Surface::Window, None),
            #[cfg(feature = "glass")]
            Display::Offscreen => {
                (Surface::Offscreen(crate::offscreen::install(options)?), Some(Waker::WhenLooked))
            }
            #[cfg(feature = "glass")]
            Display::Glass(path) => {
                let offscreen = crate::offscreen::install(options)?;
                let server = crate::glass::Server::bind(path)?;
                let knock = server.knock();
                (Surface::Glass(offscreen, RefCell::new(server)), Some(Waker::Glass(knock)))
            }
            #[cfg(feature = "glass")]
            Display::WindowWithGlass(path) => {
                let server = crate::glass::Server::bind(path)?;
                (Surface::WindowWithGlass(Rc::new(RefCell::new(server))), None)
            }
        };
        let window = KioskWindow::new().map_err(|cause| UiError::NoDisplay(one_line(&cause.to_string())))?;
        crate::fonts::fall_back_to_embedded();
        let (width, height) = options.pixels;
        window.window().set_size(slint::PhysicalSize::new(width, height));
        if let Some((x, y)) = options.position {
            window.window().set_position(slint::PhysicalPosition::new(x, y));
        }
        window.window().set_fullscreen(options.full_screen);

        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            waker: waker.unwrap_or_else(|| Waker::Window(window.as_weak())),
        });
        lay_out(&window, options);
        let presenter = Presenter::new(&window, options, language, languages);
        let weak = Rc::downgrade(&presenter);
        let inbox = Arc::clone(&shared);
        screens::Kiosk::get(&window).on_wake(move || {
            if let Some(presenter) = weak.upgrade() {
                presenter.take(inbox.take());
            }
        });
        Ok(Self { window, presenter, shared, timers: RefCell::default(), surface })
    }

    /// Shows a scene.
    pub fn show(&self, scene: Scene) {
        self.presenter.show(scene);
    }

    /// Night or day.
    pub fn set_night(&self, night: bool) {
        screens::Kiosk::get(&self.window).set_night(night);
    }

    /// Shows whether "Lower doors" is chosen.
    pub fn set_lower_doors(&self, chosen: bool) {
        self.presenter.set_lower_doors(chosen);
    }

    /// For telling this screen from other threads.
    #[must_use]
    pub fn handle(&self) -> KioskHandle {
        KioskHandle { shared: Arc::clone(&self.shared) }
    }

    /// Who hears what the person wants. Called on the screen's thread: it must not block.
    pub fn on_intent(&self, listener: impl Fn(Intent) + 'static) {
        self.presenter.listen(Rc::new(listener));
    }

    /// Calls `act` on the screen's thread again and again while it runs, so that a watchdog knows that it turns.
    pub fn every(&self, interval: Duration, act: impl FnMut() + 'static) {
        let timer = slint::Timer::default();
        timer.start(slint::TimerMode::Repeated, interval, act);
        self.timers.borrow_mut().push(timer);
    }

    /// Draws and listens until [`KioskHandle::quit`], or until the window is closed.
    ///
    /// # Errors
    /// The display went away.
    pub fn run(&self) -> Result<(), UiError> {
        match &self.surface {
            Surface::Window => self.window.run().map_err(|cause| UiError::Stopped(cause.to_string())),
            #[cfg(feature = "glass")]
            Surface::Offscreen(_) => Ok(()),
            #[cfg(feature = "glass")]
            Surface::Glass(offscreen, server) => {
                self.window.show().map_err(|cause| UiError::Stopped(cause.to_string()))?;
                server.borrow_mut().run(&self.scenes(), offscreen);
                Ok(())
            }
            #[cfg(feature = "glass")]
            Surface::WindowWithGlass(server) => {
                let (server, scenes) = (Rc::clone(server), self.scenes());
                let shown = crate::glass::Shown(self.window.as_weak());
                self.every(LOOK_BESIDE_EVERY, move || server.borrow_mut().turn(&scenes, &shown));
                self.window.run().map_err(|cause| UiError::Stopped(cause.to_string()))
            }
        }
    }

    /// For whoever looks through the glass.
    #[cfg(feature = "glass")]
    fn scenes(&self) -> crate::glass::Scenes {
        crate::glass::Scenes { presenter: Rc::clone(&self.presenter), shared: Arc::clone(&self.shared) }
    }

    /// The screen without its pixels; the revision is the glass's to count and 0 here.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.presenter.take(self.shared.take());
        self.presenter.seen()
    }

    /// Texts of the screen, as it was last drawn, that have too little room. Always empty, or a screen is drawn wrongly.
    #[must_use]
    pub fn clipped(&self) -> Vec<String> {
        let kiosk = screens::Kiosk::get(&self.window);
        for check in [true, false] {
            kiosk.set_check_room(check);
            slint::platform::update_timers_and_animations();
        }
        self.presenter.take_clipped()
    }

    /// The pixels of a screen without a display.
    ///
    /// # Errors
    /// A [`Display::Window`] keeps its pixels to itself.
    #[cfg(feature = "glass")]
    pub fn snapshot(&self) -> Result<crate::Picture, UiError> {
        let (Surface::Offscreen(offscreen) | Surface::Glass(offscreen, _)) = &self.surface else {
            return Err(UiError::Stopped("a window's pixels cannot be read".into()));
        };
        self.window.show().map_err(|cause| UiError::Stopped(cause.to_string()))?;
        self.presenter.take(self.shared.take());
        offscreen.draw();
        Ok(offscreen.picture())
    }

    /// Draws what has changed on a screen without a display, and reads nothing back: what a person waits for.
    ///
    /// # Errors
    /// A [`Display::Window`] draws itself.
    #[cfg(feature = "glass")]
    pub fn draw(&self) -> Result<(), UiError> {
        let (Surface::Offscreen(offscreen) | Surface::Glass(offscreen, _)) = &self.surface else {
            return Err(UiError::Stopped("a window draws itself".into()));
        };
        self.window.show().map_err(|cause| UiError::Stopped(cause.to_string()))?;
        self.presenter.take(self.shared.take());
        offscreen.draw();
        Ok(())
    }

    /// A finger down and up again at a place of a screen without a display.
    #[cfg(feature = "glass")]
    pub fn tap(&self, x: f32, y: f32) {
        if let Surface::Offscreen(offscreen) | Surface::Glass(offscreen, _) = &self.surface {
            offscreen.press(x, y);
            offscreen.release(x, y);
        }
    }

    /// A key of a screen without a display, by its text as Slint has it.
    #[cfg(feature = "glass")]
    pub fn strike(&self, text: &str) {
        if let Surface::Offscreen(offscreen) | Surface::Glass(offscreen, _) = &self.surface {
            offscreen.key(text);
        }
    }
}

/// The window system tells its troubles in several lines; a log has one for each.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stays for the life of the screen: its measures and the cabinet around it.
fn lay_out(window: &KioskWindow, options: &ScreenOptions) {
    let kiosk = screens::Kiosk::get(window);
    let scale = window.window().scale_factor();
    #[allow(clippy::cast_precision_loss, reason = "checked to be at most 8192")]
    let logical = |pixels: u32| pixels as f32 / scale;
    kiosk.set_width_mm(options.width_mm);
    kiosk.set_screen_width(logical(options.pixels.0));
    kiosk.set_screen_height(logical(options.pixels.1));
    kiosk.set_night(options.night);
    kiosk.set_still(options.reduced_motion);
    kiosk.set_cursorless(options.full_screen);
    if let Some(cabinet) = &options.cabinet {
        let panel = |number: u32, place: crate::Rectangle| Panel {
            number: crate::scene::number(number),
            x: place.x_mm,
            y: place.y_mm,
            w: place.width_mm,
            h: place.height_mm,
        };
        let whole = crate::Rectangle {
            width_mm: cabinet.width_mm,
            height_mm: cabinet.height_mm,
            ..Default::default()
        };
        kiosk.set_cabinet(panel(0, whole));
        kiosk.set_display(panel(0, cabinet.screen));
        let doors: Vec<Panel> = cabinet.doors.iter().map(|door| panel(door.number, door.place)).collect();
        kiosk.set_doors(ModelRc::new(VecModel::from(doors)));
    }
}
