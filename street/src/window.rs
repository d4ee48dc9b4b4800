//! The window: scenes in, clicks out.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use slint::{ComponentHandle, Global, Image, Model, ModelRc, PhysicalPosition, PhysicalSize, VecModel};

use crate::scene::{Books, Box, DoorFront, Front, Phase, Rectangle, Scene, Size, Thing};
use crate::screens::{self, Mark, Street, StreetWindow};
use crate::{StreetError, qr};

/// Who hears of clicks, on the window's thread: it must not block.
pub type Listener = std::boxed::Box<dyn Fn(Thing)>;

/// The window. Belongs to the main thread.
pub struct Window {
    window: StreetWindow,
    models: Rc<Models>,
    front: Rc<Front>,
    shared: Arc<Shared>,
    pulse: Rc<RefCell<Pulse>>,
}

/// What pulses, and where that was told to be.
#[derive(Default)]
struct Pulse {
    thing: Option<Thing>,
    told_at: Option<(i32, i32)>,
    /// Who hears that nothing pulses any more.
    stilled: Option<std::boxed::Box<dyn Fn()>>,
}

/// Tells the window from other threads. Clones tell the same window.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

struct Shared {
    /// The last scene that the window has not taken yet.
    pending: Mutex<Option<Scene>>,
    window: slint::Weak<StreetWindow>,
}

/// What is in the window: rows that stay where they are, so that a click is not lost when something else changes.
#[derive(Default)]
struct Models {
    van: Rc<VecModel<screens::Parcel>>,
    hand: Rc<VecModel<screens::Parcel>>,
    doors: Rc<VecModel<screens::Door>>,
    insides: Rc<VecModel<screens::Inside>>,
    phones: Rc<VecModel<screens::Phone>>,
    troubles: Rc<VecModel<screens::Trouble>>,
    wire: Rc<VecModel<screens::Frame>>,
    /// The QR of each pass on a phone, made once.
    passes: RefCell<Vec<(String, Image)>>,
}

impl Window {
    /// Opens the window, `size` pixels large, with its upper left corner at `position` where the window system lets it.
    ///
    /// # Errors
    /// No display.
    pub fn open(
        front: &Front,
        size: (u32, u32),
        position: (i32, i32),
        clicked: Listener,
    ) -> Result<Self, StreetError> {
        let window =
            StreetWindow::new().map_err(|cause| StreetError::NoDisplay(one_line(&cause.to_string())))?;
        window.window().set_size(PhysicalSize::new(size.0, size.1));
        window.window().set_position(PhysicalPosition::new(position.0, position.1));
        let shared = Arc::new(Shared { pending: Mutex::default(), window: window.as_weak() });
        let pulse = Rc::<RefCell<Pulse>>::default();
        let (models, front) = (Rc::new(Models::default()), Rc::new(front.clone()));
        models.set_up(&window, &front);
        let street = Street::get(&window);
        street.on_clicked(move |thing, label, number| clicked(thing_of(thing, label.as_str(), number)));
        let weak = window.as_weak();
        let (inbox, pulsing) = (Arc::clone(&shared), Rc::clone(&pulse));
        let (drawn, at) = (Rc::clone(&models), Rc::clone(&front));
        street.on_wake(move || {
            let scene = inbox.pending.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(window), Some(scene)) = (weak.upgrade(), scene) {
                drawn.show(&window, &at, &scene);
                pulsing.borrow_mut().moves_to(scene.pulse);
            }
        });
        window.show().map_err(|cause| StreetError::NoDisplay(one_line(&cause.to_string())))?;
        Ok(Self { window, models, front, shared, pulse })
    }

    /// Shows a scene at once.
    pub fn show(&self, scene: Scene) {
        self.models.show(&self.window, &self.front, &scene);
        self.pulse.borrow_mut().moves_to(scene.pulse);
    }

    /// For telling this window from other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Calls `tell` whenever something else pulses, or in another place: what, and the pixel in its middle; and when nothing
    /// pulses any more.
    pub fn on_pulse(&self, tell: impl Fn(Option<(&Thing, (i32, i32))>) + 'static) {
        let tell = Rc::new(tell);
        let stilled = Rc::clone(&tell);
        self.pulse.borrow_mut().stilled = Some(std::boxed::Box::new(move || stilled(None)));
        let pulse = Rc::clone(&self.pulse);
        let weak = self.window.as_weak();
        Street::get(&self.window).on_pulses_at(move |x, y| {
            let Some(window) = weak.upgrade() else { return };
            let scale = window.window().scale_factor();
            let at = (pixel(x * scale), pixel(y * scale));
            let mut pulse = pulse.borrow_mut();
            if pulse.told_at.replace(at) != Some(at)
                && let Some(thing) = &pulse.thing
            {
                tell(Some((thing, at)));
            }
        });
    }

    /// The pixel in the middle of something in the tray.
    #[must_use]
    pub fn trouble_at(&self, nth: usize) -> (i32, i32) {
        let scale = self.window.window().scale_factor();
        let nth = i32::try_from(nth).unwrap_or(i32::MAX);
        (pixel(self.window.invoke_trouble_x(nth) * scale), pixel(self.window.invoke_trouble_y() * scale))
    }

    /// The pixel on the leaf of a door, beside whatever lies behind it.
    #[must_use]
    pub fn door_at(&self, door: &DoorFront) -> (i32, i32) {
        let scale = self.window.window().scale_factor();
        let place = place_of(door.place);
        let (x, y) = (self.window.invoke_leaf_x(place.clone()), self.window.invoke_leaf_y(place));
        (pixel(x * scale), pixel(y * scale))
    }

    /// Texts of the window, as it was last drawn, that have too little room. Always empty, or it is drawn wrongly.
    #[must_use]
    pub fn clipped(&self) -> Vec<String> {
        let street = Street::get(&self.window);
        let found = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&found);
        street.on_clipped(move |text| told.borrow_mut().push(text.to_string()));
        for check in [true, false] {
            street.set_check_room(check);
            slint::platform::update_timers_and_animations();
        }
        let found = found.borrow();
        found.clone()
    }

    /// Draws and listens until [`Handle::quit`], or until the window is closed.
    ///
    /// # Errors
    /// The display went away.
    pub fn run(&self) -> Result<(), StreetError> {
        self.window.run().map_err(|cause| StreetError::Stopped(cause.to_string()))
    }
}

impl Handle {
    /// Shows a scene soon. Where several come before the window gets to draw, only the last is seen.
    pub fn show(&self, scene: Scene) {
        let before = self.0.pending.lock().unwrap_or_else(PoisonError::into_inner).replace(scene);
        // One knock is enough for all that follows until the window has looked.
        if before.is_none()
            && let Err(cause) =
                self.0.window.upgrade_in_event_loop(|window| Street::get(&window).invoke_wake())
        {
            log::warn!("the street's window cannot be told: {cause}");
        }
    }

    /// Ends [`Window::run`].
    pub fn quit(&self) {
        if let Err(cause) = slint::quit_event_loop() {
            log::warn!("the street's window cannot be ended: {cause}");
        }
    }
}

impl Pulse {
    fn moves_to(&mut self, thing: Option<Thing>) {
        if self.thing == thing {
            return;
        }
        if let (None, Some(_), Some(stilled)) = (&thing, self.told_at, &self.stilled) {
            stilled();
        }
        (self.thing, self.told_at) = (thing, None);
    }
}

impl Models {
    fn set_up(&self, window: &StreetWindow, front: &Front) {
        let street = Street::get(window);
        street.set_front(screens::Front { width: front.width_mm, height: front.height_mm });
        street.set_screen(place_of(front.screen));
        street.set_van(ModelRc::from(Rc::clone(&self.van)));
        street.set_hand(ModelRc::from(Rc::clone(&self.hand)));
        street.set_doors(ModelRc::from(Rc::clone(&self.doors)));
        street.set_insides(ModelRc::from(Rc::clone(&self.insides)));
        street.set_phones(ModelRc::from(Rc::clone(&self.phones)));
        street.set_troubles(ModelRc::from(Rc::clone(&self.troubles)));
        street.set_wire(ModelRc::from(Rc::clone(&self.wire)));
    }

    fn show(&self, window: &StreetWindow, front: &Front, scene: &Scene) {
        let street = Street::get(window);
        let pulses = |thing: &Thing| scene.pulse.as_ref() == Some(thing);
        street.set_step(scene.step.as_str().into());
        street.set_line(scene.line.as_str().into());
        street.set_courier(scene.recipient.is_none());
        street.set_recipient(scene.recipient.as_deref().unwrap_or_default().into());
        street.set_badge_pulses(pulses(&Thing::Badge));
        street.set_van_pulses(pulses(&Thing::Van));
        street.set_dark(scene.dark);
        street.set_day(scene.day.as_str().into());
        let (books, mark) = match &scene.books {
            Books::Same(text) => (text, Mark::Good),
            Books::Behind(text) => (text, Mark::Behind),
            Books::Wrong(text) => (text, Mark::Wrong),
        };
        street.set_books(books.as_str().into());
        street.set_mark(mark);

        let parcel = |known: &Box, thing: &Thing| screens::Parcel {
            label: known.label.as_str().into(),
            name: known.name.as_str().into(),
            size: size_of(known.size),
            pulsing: pulses(thing),
        };
        renew(&self.van, scene.van.iter().map(|known| parcel(known, &Thing::Parcel(known.label.clone()))));
        renew(&self.hand, scene.hand.iter().map(|known| parcel(known, &Thing::Hand(known.label.clone()))));
        let doors = || front.doors.iter().zip(&scene.doors);
        renew(
            &self.doors,
            doors().map(|(at, door)| screens::Door {
                number: i32::from(at.number),
                place: place_of(at.place),
                open: door.open,
                stuck: door.stuck,
                pulsing: pulses(&Thing::Door(at.number)),
            }),
        );
        let insides = doors().flat_map(|(at, door)| {
            let of = i32::try_from(door.inside.len()).unwrap_or(i32::MAX);
            (0..of).zip(&door.inside).map(move |(nth, known)| (at, nth, of, known))
        });
        renew(
            &self.insides,
            insides.map(|(at, nth, of, known)| screens::Inside {
                door: i32::from(at.number),
                shutting: pulses(&Thing::Door(at.number)),
                place: place_of(at.place),
                parcel: parcel(known, &Thing::Inside { door: at.number, label: known.label.clone() }),
                nth,
                of,
            }),
        );
        let phones: Vec<screens::Phone> = scene
            .phones
            .iter()
            .map(|phone| {
                let (phase, code, pass) = match &phone.phase {
                    Phase::Waiting => (screens::Phase::Waiting, "", Image::default()),
                    Phase::Message { code, pass } => {
                        (screens::Phase::Message, code.as_str(), self.picture_of(pass))
                    }
                    Phase::Collected => (screens::Phase::Collected, "", Image::default()),
                };
                screens::Phone {
                    owner: phone.owner.as_str().into(),
                    phase,
                    code: ModelRc::from(Rc::new(VecModel::from(groups(code)))),
                    pass,
                    pulsing: pulses(&Thing::Phone(phone.owner.clone())),
                }
            })
            .collect();
        renew_by(&self.phones, phones, |a, b| {
            a.owner == b.owner
                && a.phase == b.phase
                && a.pass == b.pass
                && a.pulsing == b.pulsing
                && a.code.iter().eq(b.code.iter())
        });
        renew(
            &self.troubles,
            scene.troubles.iter().enumerate().map(|(nth, trouble)| screens::Trouble {
                name: trouble.name.as_str().into(),
                active: trouble.active,
                pulsing: pulses(&Thing::Trouble(nth)),
                icon: trouble.icon.as_str().into(),
            }),
        );
        renew(
            &self.wire,
            scene.wire.iter().map(|frame| screens::Frame {
                bytes: frame.bytes.as_str().into(),
                note: frame.note.as_str().into(),
                took: frame.took.as_str().into(),
                to_part: frame.to_part,
            }),
        );
        self.forget_passes(scene);
    }

    fn picture_of(&self, pass: &str) -> Image {
        let mut passes = self.passes.borrow_mut();
        if let Some((_, image)) = passes.iter().find(|(known, _)| known == pass) {
            return image.clone();
        }
        let image = qr::image(pass);
        passes.push((pass.to_owned(), image.clone()));
        image
    }

    /// Keeps only what is on a phone.
    fn forget_passes(&self, scene: &Scene) {
        self.passes.borrow_mut().retain(|(known, _)| {
            scene
                .phones
                .iter()
                .any(|phone| matches!(&phone.phase, Phase::Message { pass, .. } if pass == known))
        });
    }
}

/// A pickup code as it is read out: 3-3-4.
fn groups(code: &str) -> Vec<slint::SharedString> {
    let digits: Vec<char> = code.chars().collect();
    [digits.get(..3), digits.get(3..6), digits.get(6..)]
        .into_iter()
        .flatten()
        .map(|group| group.iter().collect::<String>().into())
        .collect()
}

fn renew<T: Clone + PartialEq + 'static>(model: &VecModel<T>, rows: impl Iterator<Item = T>) {
    renew_by(model, rows.collect(), T::eq);
}

/// Changes only the rows that are other rows now.
fn renew_by<T: Clone + 'static>(model: &VecModel<T>, rows: Vec<T>, same: impl Fn(&T, &T) -> bool) {
    while model.row_count() > rows.len() {
        model.remove(model.row_count() - 1);
    }
    for (nth, row) in rows.into_iter().enumerate() {
        match model.row_data(nth) {
            Some(before) if same(&before, &row) => {}
            Some(_) => model.set_row_data(nth, row),
            None => model.push(row),
        }
    }
}

fn size_of(size: Size) -> screens::Size {
    match size {
        Size::Small => screens::Size::Small,
        Size::Medium => screens::Size::Medium,
        Size::Large => screens::Size::Large,
    }
}

fn place_of(at: Rectangle) -> screens::Place {
    screens::Place { x: at.x_mm, y: at.y_mm, w: at.width_mm, h: at.height_mm }
}

fn thing_of(thing: screens::Thing, label: &str, number: i32) -> Thing {
    let door = u16::try_from(number).unwrap_or(0);
    match thing {
        screens::Thing::Badge => Thing::Badge,
        screens::Thing::Parcel => Thing::Parcel(label.to_owned()),
        screens::Thing::Van => Thing::Van,
        screens::Thing::Hand => Thing::Hand(label.to_owned()),
        screens::Thing::Door => Thing::Door(door),
        screens::Thing::Inside => Thing::Inside { door, label: label.to_owned() },
        screens::Thing::Phone => Thing::Phone(label.to_owned()),
        screens::Thing::Trouble => Thing::Trouble(usize::try_from(number).unwrap_or(usize::MAX)),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a window is a few thousand pixels large")]
fn pixel(at: f32) -> i32 {
    at.round() as i32
}

/// The window system tells its troubles in several lines; an error has one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
