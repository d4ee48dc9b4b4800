//! Everything that runs, together: started, killed, started again.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::ClosedIs;
use super::cable::Cable;
use super::error::DemoError;
use super::evidence::{self, Unfinished};
use super::folder::Folder;
use super::hub_client::{HubClient, Key};
use super::make::Make;
use super::moving_clock::MovingClock;
use super::people::People;
use super::post::Post;
use super::processes::{LOOK_AGAIN, Process, run_to_end};
use super::screen::{PATIENCE, Screen};
use super::timeline::Timeline;
use super::world::World;

/// A process starts within this time.
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// The kiosk's exit code for "start me again".
const BEGIN_AGAIN: i32 = 75;

/// How the stage is looked at.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The kiosk's window; without one it is seen through the glass alone.
    pub window: Option<KioskWindow>,
    /// Whether the locker reaches the hub through a cable that can be cut.
    pub cable: bool,
    /// Which cabinet is put up.
    pub make: Make,
}

/// The kiosk's window on the desk, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct KioskWindow {
    /// Width and height.
    pub pixels: (u32, u32),
    /// Its upper left corner, where that matters.
    pub position: Option<(i32, i32)>,
}

/// The kiosk's screen where nothing else is asked for.
pub const SCREEN: (u32, u32) = (1280, 800);

/// The whole stage. Fields end in this order: the processes before the wires that they hold.
pub struct Stage<'a> {
    /// Who carries between kiosk and hub; stopped while the network is cut off on this side.
    pub sync: Process,
    /// The kiosk.
    pub kiosk: Process,
    /// The hub.
    pub hub: Process,
    /// Its address, the same after each start.
    pub hub_address: SocketAddr,
    /// Hands and eyes.
    pub screen: Screen,
    /// What people and carriers know.
    pub people: People,
    /// The hub's API.
    pub api: HubClient,
    /// An operator's key.
    pub operator: Key,
    /// The carrier's key.
    pub carrier: Key,
    /// The carrier's server.
    pub post: Post,
    /// The cabinet.
    pub world: World,
    /// The locker's way to the hub, where it can be cut.
    pub cable: Option<Cable>,
    /// The time.
    pub clock: MovingClock,
    /// The files.
    pub folder: &'a Folder,
    /// What happens, for people.
    pub timeline: Timeline,
    /// How often something was killed.
    pub crashes: u32,
    /// Whether the kiosk has a window on a display.
    pub has_window: bool,
}

impl<'a> Stage<'a> {
    /// Puts the cabinet up and starts hub, kiosk and sync.
    ///
    /// # Errors
    /// Something does not start.
    pub fn set(
        folder: &'a Folder,
        timeline: &Timeline,
        closed_is: ClosedIs,
        setting: Setting,
    ) -> Result<Self, DemoError> {
        let clock = MovingClock::open(&folder.clock())?;
        let world = World::put_up(folder, timeline, &setting.make, closed_is)?;
        let people = People::remember(&folder.memory())?;
        let logs = folder.logs();

        let mut hub = Process::start("hub", &logs, hub_args(folder, "127.0.0.1:0"))?;
        let url = hub.wait_says("listening on http://", STARTS_WITHIN)?;
        let hub_address: SocketAddr =
            url.parse().map_err(|_| DemoError::Odd(format!("the hub listens at {url:?}")))?;
        hub.set_args(hub_args(folder, &hub_address.to_string()));
        timeline.says("demo", &format!("hub: pid {}, at http://{hub_address}", hub.pid()));
        let operator = create_key(folder, "operator", None)?;
        let carrier = create_key(folder, "carrier", Some(People::TENANT))?;
        let api = HubClient::new(hub_address)?;
        let post = Post::open()?;

        let cable = setting.cable.then(|| Cable::lay(hub_address)).transpose()?;
        let reached_at = cable.as_ref().map_or(hub_address, Cable::address);
        let pixels = setting.window.map_or(SCREEN, |window| window.pixels);
        folder.write_configuration(reached_at, &setting.make, closed_is, pixels)?;
        let (kiosk, screen, has_window) = start_kiosk(folder, timeline, setting.window)?;
        timeline
            .says("demo", &format!("kiosk: pid {}, cabinet of {} doors", kiosk.pid(), world.doors().count()));
        let sync = Process::start("sync", &logs, sync_args(folder))?;
        timeline.says("demo", &format!("sync: pid {}", sync.pid()));
        let mut stage = Self {
            sync,
            hub,
            hub_address,
            screen,
            kiosk,
            people,
            api,
            operator,
            carrier,
            post,
            world,
            cable,
            clock,
            folder,
            timeline: timeline.clone(),
            crashes: 0,
            has_window,
        };
        stage.wait_kiosk_serves()?;
        Ok(stage)
    }

    /// Somebody does or says something.
    pub fn says(&self, who: &str, what: impl AsRef<str>) {
        self.timeline.says(who, what.as_ref());
    }

    /// Waits until the kiosk shows more than that it is starting.
    ///
    /// # Errors
    /// It never does.
    pub fn wait_kiosk_serves(&mut self) -> Result<(), DemoError> {
        let shown = self
            .screen
            .wait("the kiosk to serve", |facts| !facts.is_empty() && !facts.starts_with("One moment"));
        match shown {
            Ok(_) => Ok(()),
            Err(error) => {
                self.look_after()?;
                Err(error)
            }
        }
    }

    /// What a service manager does: what wants to begin again is started again; what ended otherwise is an error.
    ///
    /// # Errors
    /// A process ended by itself.
    pub fn look_after(&mut self) -> Result<(), DemoError> {
        if self.kiosk.ended()?.and_then(|status| status.code()) == Some(BEGIN_AGAIN) {
            let before = self.kiosk.pid();
            self.kiosk.start_again()?;
            let after = self.kiosk.pid();
            self.says("demo", format!("the kiosk (pid {before}) began again from disk: pid {after}"));
            self.screen.find_again()?;
            return self.wait_kiosk_serves();
        }
        self.kiosk.runs()?;
        self.sync.runs()?;
        self.hub.runs()
    }

    /// `kill -9` of the kiosk. The screen is dark until [`Stage::restart_kiosk`].
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill_kiosk(&mut self, when: &str) -> Result<(), DemoError> {
        self.kiosk.kill()?;
        self.crashes += 1;
        self.says("crash", format!("kill -9 of the kiosk, pid {}: {when}", self.kiosk.pid()));
        Ok(())
    }

    /// The kiosk's window closes; it runs on without one.
    ///
    /// # Errors
    /// It does not start.
    pub fn close_window(&mut self) -> Result<(), DemoError> {
        self.kiosk.kill()?;
        self.kiosk.set_args(kiosk_args(self.folder, None));
        self.has_window = false;
        self.kiosk.start_again()?;
        self.screen.find_again()?;
        self.wait_kiosk_serves()
    }

    /// Starts the kiosk again, and waits until it serves.
    ///
    /// # Errors
    /// It does not.
    pub fn restart_kiosk(&mut self) -> Result<(), DemoError> {
        let before = self.kiosk.pid();
        self.kiosk.start_again()?;
        self.says("demo", format!("the kiosk runs again: pid {before} before, pid {} now", self.kiosk.pid()));
        self.screen.find_again()?;
        self.wait_kiosk_serves()
    }

    /// `kill -9` of sync, and its next start.
    ///
    /// # Errors
    /// It cannot be killed or started.
    pub fn crash_sync(&mut self) -> Result<(), DemoError> {
        let before = self.sync.pid();
        self.sync.kill()?;
        self.crashes += 1;
        self.says("crash", format!("kill -9 of sync, pid {before}"));
        self.sync.start_again()?;
        self.says("demo", format!("sync runs again: pid {before} before, pid {} now", self.sync.pid()));
        Ok(())
    }

    /// `kill -9` of the hub, which stays away until [`Stage::restart_hub`].
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill_hub(&mut self) -> Result<(), DemoError> {
        self.hub.kill()?;
        self.crashes += 1;
        self.says("crash", format!("kill -9 of the hub, pid {}", self.hub.pid()));
        Ok(())
    }

    /// Starts the hub again, at the same address.
    ///
    /// # Errors
    /// It does not start.
    pub fn restart_hub(&mut self) -> Result<(), DemoError> {
        let before = self.hub.pid();
        self.hub.start_again()?;
        self.hub.wait_says("listening on http://", STARTS_WITHIN)?;
        self.says("demo", format!("the hub runs again: pid {before} before, pid {} now", self.hub.pid()));
        Ok(())
    }

    /// Starts a hub with the books of ours at our hub's address; its key is another.
    ///
    /// # Errors
    /// The books cannot be copied, or it does not start.
    pub fn start_impostor(&self) -> Result<Process, DemoError> {
        let folder = self.folder.path().join("impostor");
        let database = folder.join("hub.sqlite");
        let doing = || DemoError::io("copying the hub's books");
        std::fs::create_dir_all(&folder).map_err(doing())?;
        let ours = self.folder.database();
        for ending in ["", "-wal"] {
            let beside = |path: &std::path::Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                std::path::PathBuf::from(name)
            };
            if beside(&ours).exists() {
                std::fs::copy(beside(&ours), beside(&database)).map_err(doing())?;
            }
        }
        let args = hub_args_of(database, &self.folder.clock(), &self.hub_address.to_string());
        let mut impostor = Process::start("impostor", &self.folder.logs(), args)?;
        impostor.wait_says("listening on http://", STARTS_WITHIN)?;
        self.says("impostor", format!("pid {}: listens at the hub's address", impostor.pid()));
        Ok(impostor)
    }

    /// Looks again and again until `look` gives something.
    ///
    /// # Errors
    /// It gives nothing within `within`, or fails, or a process ended.
    pub fn wait_for<T>(
        &mut self,
        what: &str,
        within: Duration,
        mut look: impl FnMut(&mut Self) -> Result<Option<T>, DemoError>,
    ) -> Result<T, DemoError> {
        let began = Instant::now();
        loop {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            if began.elapsed() > within {
                return Err(self.screen.never(what, within));
            }
            self.look_after()?;
            sleep(LOOK_AGAIN);
        }
    }

    /// The openings that the disk knows as unfinished.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, DemoError> {
        evidence::unfinished(&self.folder.kiosk_state())
    }

    /// Waits until no opening is unfinished.
    ///
    /// # Errors
    /// One never ends.
    pub fn wait_openings_over(&mut self) -> Result<(), DemoError> {
        self.wait_for("all openings to end in the journal", PATIENCE, |stage| {
            Ok(stage.unfinished()?.is_empty().then_some(()))
        })
    }

    /// Lets a parcel vanish through the back wall.
    ///
    /// # Errors
    /// There is none to steal.
    pub fn thief_comes(&mut self) -> Result<(), DemoError> {
        let found = self.world.doors().find_map(|door| Some((door, self.world.inside(door).pop()?)));
        let (door, item) =
            found.ok_or_else(|| DemoError::Odd("the thief finds nothing to steal".to_owned()))?;
        self.world.steal(door, &item)?;
        self.says("thief", format!("takes {item} out of door {door} through the back wall"));
        Ok(())
    }
}

/// Starts the kiosk: with a window, where there is to be one and it opens. Gives whether it did.
fn start_kiosk(
    folder: &Folder,
    timeline: &Timeline,
    window: Option<KioskWindow>,
) -> Result<(Process, Screen, bool), DemoError> {
    let mut kiosk = Process::start("kiosk", &folder.logs(), kiosk_args(folder, window))?;
    let found = Screen::find(&folder.glass(), folder.pictures(), timeline, || Ok(kiosk.ended()?.is_none()));
    match found {
        Ok(screen) => Ok((kiosk, screen, window.is_some())),
        Err(_) if window.is_some() => {
            let why = kiosk.last_words();
            timeline.plain(&format!("Without a window: {why}"));
            start_kiosk(folder, timeline, None)
        }
        // A kiosk that shows no screen has most likely ended, and says why in its log.
        Err(error) => Err(kiosk.runs().err().unwrap_or(error)),
    }
}

fn create_key(folder: &Folder, name: &str, tenant: Option<u32>) -> Result<Key, DemoError> {
    let mut args: Vec<OsString> =
        vec!["hub".into(), "--database".into(), folder.database().into(), "key".into(), name.into()];
    if let Some(tenant) = tenant {
        args.extend(["--tenant".into(), tenant.to_string().into()]);
    }
    let (status, said) = run_to_end(&args)?;
    let key = said.lines().last().unwrap_or_default().trim().to_owned();
    if !status.success() || key.is_empty() {
        return Err(DemoError::Odd(format!("the hub made no key: {said}")));
    }
    Ok(Key(key))
}

fn hub_args(folder: &Folder, listen: &str) -> Vec<OsString> {
    hub_args_of(folder.database(), &folder.clock(), listen)
}

fn hub_args_of(database: std::path::PathBuf, clock: &std::path::Path, listen: &str) -> Vec<OsString> {
    vec![
        "hub".into(),
        "--database".into(),
        database.into(),
        "--listen".into(),
        listen.into(),
        "--clock".into(),
        clock.into(),
        "--allow-private-webhooks".into(),
    ]
}

fn kiosk_args(folder: &Folder, window: Option<KioskWindow>) -> Vec<OsString> {
    let mut args = with_config("kiosk", folder);
    args.extend(["--glass".into(), folder.glass().into()]);
    if let Some(window) = window {
        args.push("--window".into());
        if let Some((x, y)) = window.position {
            args.push(format!("--window-at={x},{y}").into());
        }
    }
    args
}

fn sync_args(folder: &Folder) -> Vec<OsString> {
    with_config("sync", folder)
}

fn with_config(command: &str, folder: &Folder) -> Vec<OsString> {
    vec![command.into(), "--config".into(), folder.config().into(), "--clock".into(), folder.clock().into()]
}
