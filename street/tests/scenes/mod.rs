//! Scenes to draw, and a window without a display to draw them in.

use std::rc::Rc;

use locker_street::{
    Books, Box, Door, DoorFront, Frame, Front, Phase, Phone, Rectangle, Scene, Size, Thing, Trouble, Window,
};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, WindowAdapter, update_timers_and_animations};
use slint::{PhysicalSize, PlatformError, Rgb8Pixel, SharedPixelBuffer};

struct InMemory(Rc<MinimalSoftwareWindow>);

impl Platform for InMemory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.clone())
    }
}

/// This thread's street, drawn in memory.
pub struct Drawn {
    /// The street.
    pub window: Window,
    surface: Rc<MinimalSoftwareWindow>,
    size: (u32, u32),
}

impl Drawn {
    /// Opens it; a thread has one.
    pub fn open(size: (u32, u32)) -> Self {
        let surface = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        slint::platform::set_platform(std::boxed::Box::new(InMemory(Rc::clone(&surface)))).unwrap();
        surface.set_size(PhysicalSize::new(size.0, size.1));
        let window = Window::open(&front(), size, (0, 0), std::boxed::Box::new(|_| {})).unwrap();
        Self { window, surface, size }
    }

    /// Shows a scene; gives its pixels, each red, green and blue.
    pub fn draw(&self, scene: Scene) -> Vec<u8> {
        self.window.show(scene);
        update_timers_and_animations();
        let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(self.size.0, self.size.1);
        self.surface.request_redraw();
        self.surface.draw_if_needed(|renderer| {
            renderer.render(pixels.make_mut_slice(), self.size.0 as usize);
        });
        pixels.as_bytes().to_vec()
    }
}

/// Three columns of doors, in the sizes of the demo's cabinet.
pub fn front() -> Front {
    let columns: [&[f32]; 3] = [
        &[190.0, 410.0, 80.0, 80.0, 80.0, 80.0, 190.0, 190.0, 410.0],
        &[410.0, 80.0, 80.0, 0.0, 190.0, 190.0, 410.0],
        &[190.0, 410.0, 80.0, 80.0, 80.0, 80.0, 190.0, 190.0, 410.0],
    ];
    let mut doors = Vec::new();
    let mut x_mm = 10.0;
    for column in columns {
        let mut y_mm = 40.0;
        for height_mm in column {
            if *height_mm == 0.0 {
                y_mm = 1080.0;
                continue;
            }
            let number = u16::try_from(doors.len() + 1).unwrap();
            let place = Rectangle { x_mm, y_mm, width_mm: 380.0, height_mm: *height_mm };
            doors.push(DoorFront { number, place });
            y_mm += height_mm + 20.0;
        }
        x_mm += 400.0;
    }
    let screen = Rectangle { x_mm: 492.0, y_mm: 804.0, width_mm: 217.0, height_mm: 136.0 };
    Front { width_mm: 1200.0, height_mm: 2060.0, screen, doors }
}

fn parcel(name: &str, size: Size) -> Box {
    Box { label: format!("RB-{name}"), name: name.to_owned(), size }
}

/// A van with parcels, one in the hand, one to be collected, one taken out.
pub fn scenes(front: &Front) -> Vec<(&'static str, Scene)> {
    let shut = Door { open: false, stuck: false, inside: Vec::new() };
    let phone = |owner: &str, phase: Phase| Phone { owner: owner.to_owned(), phase };
    let message = Phase::Message { code: "5048172639".to_owned(), pass: "6BF".repeat(59) };
    let trouble = |name: &str, icon: &str, active| Trouble { name: name.into(), icon: icon.into(), active };
    let frame = |bytes: &str, note: &str, took: &str, to_part| Frame {
        bytes: bytes.into(),
        note: note.into(),
        took: took.into(),
        to_part,
    };
    let badge = Scene {
        step: "1/4".to_owned(),
        line: "You are the courier: hold your badge under the scanner.".to_owned(),
        pulse: Some(Thing::Badge),
        van: vec![parcel("Ana", Size::Small), parcel("Ben", Size::Medium), parcel("Cleo", Size::Large)],
        dark: false,
        doors: vec![shut; front.doors.len()],
        phones: ["Ana", "Ben", "Cleo"].map(|owner| phone(owner, Phase::Waiting)).to_vec(),
        troubles: vec![
            trouble("Cut the network", "M3 12H8 M16 12H21 M8 8V16 M16 8V16", false),
            trouble("Pull the plug", "M9 3V8 M15 3V8 M6 8H18V12A6 6 0 0 1 6 12Z M12 18V22", false),
            trouble("Jam a door", "M5 3H19V21H5Z M9 8L15 14 M15 8L9 14", false),
            trouble("Silence the board", "M4 9V15H8L14 20V4L8 9Z M17 9L22 15 M22 9L17 15", false),
            trouble("Jump three days", "M4 6L12 12L4 18Z M12 6L20 12L12 18Z", false),
        ],
        books: Books::Same("Hub’s books = what is inside: 24/24".to_owned()),
        day: "Sun 22 Nov, 09:12".to_owned(),
        ..Scene::only("")
    };
    let mut open = Scene {
        step: "2/4".to_owned(),
        line: "You are the courier: put Ben’s parcel into door 13.".to_owned(),
        pulse: Some(Thing::Hand("RB-Ben".to_owned())),
        van: vec![parcel("Cleo", Size::Large)],
        hand: vec![parcel("Ben", Size::Medium)],
        books: Books::Behind("Hub 3 events behind, nothing lost".to_owned()),
        wire: vec![
            frame("31 30 30 30 and 9 more", "a scan", "14.6 ms", false),
            frame("8A 01 0D 11 97", "open door 13", "5.2 ms", true),
            frame("8A 01 0D 00 86", "open acknowledged", "5.2 ms", false),
        ],
        ..badge.clone()
    };
    open.doors[12].open = true;
    open.doors[3].inside = vec![parcel("Ana", Size::Small)];
    open.phones[0] = phone("Ana", message.clone());
    let mut collect = Scene {
        step: "3/4".to_owned(),
        line: "You are Cleo: hold your phone under the scanner.".to_owned(),
        recipient: Some("Cleo".to_owned()),
        pulse: Some(Thing::Phone("Cleo".to_owned())),
        van: vec![],
        hand: vec![],
        books: Books::Wrong("Hub’s books = what is inside: 23/24".to_owned()),
        ..open.clone()
    };
    collect.doors[12].open = false;
    collect.doors[9].inside = vec![parcel("Cleo", Size::Large)];
    collect.doors[15].stuck = true;
    collect.phones[0] = phone("Ana", Phase::Collected);
    collect.phones[2] = phone("Cleo", message);
    collect.troubles[2] = trouble("Free the door", &collect.troubles[2].icon.clone(), true);
    let mut take = Scene {
        step: "4/4".to_owned(),
        line: "You are Cleo: take your parcel out of door 10, then push it shut.".to_owned(),
        hand: vec![parcel("Cleo", Size::Large)],
        pulse: Some(Thing::Inside { door: 4, label: "RB-Ana".to_owned() }),
        ..collect.clone()
    };
    take.doors[9].open = true;
    take.doors[3].open = true;
    vec![("1-badge", badge), ("2-put-in", open), ("3-collect", collect), ("4-take", take)]
}
