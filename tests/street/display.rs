//! An X server without a screen, and a pointer on it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux, ClientMessageEvent,
    ConnectionExt, EventMask, ImageFormat, MOTION_NOTIFY_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// A small laptop's.
const SCREEN: (u16, u16) = (1366, 768);
const LEFT_BUTTON: u8 = 1;
/// Light, for the pictures.
const DESK: u32 = 0x00D5_DBE1;

/// The server, which ends with this.
pub struct Display {
    server: Child,
    name: String,
    connection: RustConnection,
    root: Window,
}

impl Display {
    /// Starts a server at a number that is free.
    pub fn start() -> Self {
        let screen = format!("{}x{}x24", SCREEN.0, SCREEN.1);
        let started = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = started.expect("these tests need a display without a screen: apt-get install xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        let name = format!(":{}", number.trim());
        let (connection, nth) = x11rb::connect(Some(&name)).unwrap();
        let root = connection.setup().roots[nth].root;
        let desk = ChangeWindowAttributesAux::new().background_pixel(DESK);
        connection.change_window_attributes(root, &desk).unwrap().check().unwrap();
        connection.clear_area(false, root, 0, 0, 0, 0).unwrap().check().unwrap();
        Self { server, name, connection, root }
    }

    /// What `DISPLAY` is to be.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The window with this title.
    pub fn window(&self, title: &str) -> Option<Window> {
        self.find(self.root, title)
    }

    fn find(&self, under: Window, title: &str) -> Option<Window> {
        // A window may go away while we look.
        let children = self.connection.query_tree(under).ok()?.reply().ok()?.children;
        children.into_iter().find_map(|window| {
            let name = self
                .connection
                .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)
                .ok()?
                .reply()
                .ok()?;
            if name.value == title.as_bytes() { Some(window) } else { self.find(window, title) }
        })
    }

    /// Where a window is: left, top, width, height.
    pub fn place(&self, window: Window) -> (i16, i16, u16, u16) {
        let size = self.connection.get_geometry(window).unwrap().reply().unwrap();
        let at = self.connection.translate_coordinates(window, self.root, 0, 0).unwrap().reply().unwrap();
        (at.dst_x, at.dst_y, size.width, size.height)
    }

    /// Moves the pointer to a place in a window, presses and releases.
    pub fn click(&self, window: Window, (x, y): (i16, i16)) {
        let (left, top, ..) = self.place(window);
        let fake = |kind, detail| {
            self.connection
                .xtest_fake_input(kind, detail, 0, self.root, left + x, top + y, 0)
                .unwrap()
                .check()
                .unwrap();
        };
        fake(MOTION_NOTIFY_EVENT, 0);
        fake(BUTTON_PRESS_EVENT, LEFT_BUTTON);
        fake(BUTTON_RELEASE_EVENT, LEFT_BUTTON);
    }

    /// Closes a window as its frame's button would.
    pub fn close(&self, window: Window) {
        let atom =
            |name: &str| self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let message =
            ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), [atom("WM_DELETE_WINDOW"), 0, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// Everything that is to be seen, as a PNG.
    pub fn save(&self, to: &Path) {
        let (width, height) = SCREEN;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX)
            .unwrap()
            .reply()
            .unwrap();
        let pixels: Vec<u8> =
            image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        image::save_buffer(to, &pixels, width.into(), height.into(), image::ExtendedColorType::Rgb8).unwrap();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}
