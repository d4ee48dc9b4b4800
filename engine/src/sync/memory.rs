//! What sync keeps on disk: its own key, and how far the journal had come when it last carried some of it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use locker_crypto::SigningKey;
use locker_protocol::uplink::SealedBytes;

use crate::disk::{Disk, make_folder_durably, read_up_to};
use crate::keys::{KeyRingError, write_durably};
use crate::random::Random;

/// A key has 32 bytes, a sealed witness about 200.
const MAX_BYTES: u64 = 4_096;

/// Sync's folder.
pub struct Memory {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Memory {
    /// Sync's folder, made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self, KeyRingError> {
        make_folder_durably(&*disk, folder).map_err(|source| KeyRingError::Files {
            doing: "creating",
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self { disk, folder: folder.to_owned() })
    }

    /// Sync's own key, drawn when there is none. It opens no door: it only earns a bearer token. A damaged one is
    /// replaced, and the kiosk certifies the new one.
    ///
    /// # Errors
    /// When it can neither be read nor written.
    pub fn key(&self, random: &Random) -> Result<SigningKey, KeyRingError> {
        let path = self.folder.join("sync.key");
        if let Some(seed) = self.read(&path)?.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            && let Ok(key) = SigningKey::from_seed(&seed)
        {
            return Ok(key);
        }
        let seed = random.bytes()?;
        write_durably(&*self.disk, &path, &seed)?;
        SigningKey::from_seed(&seed).map_err(|_| KeyRingError::Damaged { path })
    }

    /// How far the journal had come, as the kiosk sealed it; nothing when it was never carried.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn witness(&self) -> Result<Option<SealedBytes>, KeyRingError> {
        let path = self.folder.join("witness");
        Ok(self.read(&path)?.map(SealedBytes))
    }

    /// Remembers how far the journal has come.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, witness: &SealedBytes) -> Result<(), KeyRingError> {
        write_durably(&*self.disk, &self.folder.join("witness"), &witness.0)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, KeyRingError> {
        match read_up_to(&*self.disk, path, MAX_BYTES) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyRingError::Files { doing: "reading", path: path.to_owned(), source }),
        }
    }
}
