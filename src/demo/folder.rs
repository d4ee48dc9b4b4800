//! The demo's files. Only `locker.toml` and the profile are written for the locker.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::ClosedIs;
use super::error::DemoError;
use super::make::Make;

/// The demo's folder.
pub struct Folder {
    path: PathBuf,
    pictures: PathBuf,
    kept: bool,
}

impl Folder {
    /// `keep`, or a new folder among the temporary ones.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn open(keep: Option<&Path>, pictures: Option<&Path>) -> Result<Self, DemoError> {
        let path = match keep {
            Some(path) => std::path::absolute(path).map_err(DemoError::io("finding the folder"))?,
            None => std::env::temp_dir().join(format!("locker-demo-{}", std::process::id())),
        };
        let pictures = pictures.map_or_else(|| path.join("pictures"), Path::to_owned);
        let folder = Self { path, pictures, kept: keep.is_some() };
        for made in [folder.path(), folder.pictures(), &folder.logs(), &folder.ports()] {
            fs::create_dir_all(made).map_err(DemoError::io(format!("making {}", made.display())))?;
        }
        Ok(folder)
    }

    /// A folder in this one, for one of several lockers.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn round(&self, number: u32) -> Result<Self, DemoError> {
        let path = self.path.join(format!("locker-{number}"));
        let folder = Self::open(Some(&path), None)?;
        Ok(Self { kept: self.kept, ..folder })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Pictures of the screens.
    pub fn pictures(&self) -> &Path {
        &self.pictures
    }

    /// What the processes say.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// The ends of the wires.
    pub fn ports(&self) -> PathBuf {
        self.path.join("ports")
    }

    /// The clock of all processes.
    pub fn clock(&self) -> PathBuf {
        self.path.join("clock")
    }

    /// The hub's database.
    pub fn database(&self) -> PathBuf {
        self.path.join("hub.sqlite")
    }

    /// The kiosk's journal and keys.
    pub fn kiosk_state(&self) -> PathBuf {
        self.path.join("kiosk")
    }

    /// What sync remembers.
    pub fn sync_state(&self) -> PathBuf {
        self.path.join("sync")
    }

    /// The kiosk's screen.
    pub fn glass(&self) -> PathBuf {
        self.path.join("glass.sock")
    }

    /// The locker's configuration.
    pub fn config(&self) -> PathBuf {
        self.path.join("locker.toml")
    }

    /// What is physically true of the cabinet.
    pub fn truth(&self) -> PathBuf {
        self.path.join("world.json")
    }

    /// What people and carriers know.
    pub fn memory(&self) -> PathBuf {
        self.path.join("people.json")
    }

    /// Writes what an installer would write: the configuration and the cabinet's profile.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_configuration(
        &self,
        hub: SocketAddr,
        make: &Make,
        closed_is: ClosedIs,
        (width, height): (u32, u32),
    ) -> Result<(), DemoError> {
        let mut ports: Vec<String> =
            make.profile(closed_is)?.banks.into_iter().map(|bank| bank.port).collect();
        ports.sort();
        ports.dedup();
        let port = |name: &String| format!("{name} = {}\n", quoted(&self.ports().join(name)));
        let ports: String = ports.iter().map(port).collect();
        let at = |name: &str| quoted(&self.path.join(name));
        let config = format!(
            "# Written by `locker demo`.\n\
             [locker]\nstate = {}\nsocket = {}\nprofile = \"{}\"\n\n\
             [ports]\n{ports}\n\
             [scanner]\nfamily = \"gm65\"\nport = {}\n\n\
             [screen]\npixels = [{width}, {height}]\nwidth_mm = 218\nlanguage = \"en\"\nblank_after_min = 0\n\n\
             [hub]\nurl = \"http://{hub}\"\n\n\
             [sync]\nstate = {}\n",
            at("kiosk"),
            at("kiosk.sock"),
            make.file_name(),
            at("ports/scanner"),
            at("sync"),
        );
        let profile = make.profile_text(closed_is);
        for (file, text) in [(self.path.join(make.file_name()), profile), (self.config(), config)] {
            fs::write(&file, text).map_err(DemoError::io(format!("writing {}", file.display())))?;
        }
        Ok(())
    }

    /// After a good end nothing is left but the pictures, unless everything is to be kept.
    pub fn tidy(&self) {
        if self.kept {
            return;
        }
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let path = entry.path();
            if path == self.pictures {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if let Err(error) = removed {
                log::warn!("{} stays: {error}", path.display());
            }
        }
        // They go only when they are empty: chaos and soak take no pictures.
        for folder in [&self.pictures, &self.path] {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A TOML string. TOML's basic strings escape as Rust does, but for what no path of ours has.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('\\', "\\\\").replace('"', "\\\""))
}
