//! The kiosk's secrets, in one file that only it can read: the seed of the journal's key and, once enrolled, who it is,
//! which hub it trusts, and the key of its codes. Every locker has its own: none is valid at another.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use locker_core::faults::{self, Fault};
pub use locker_crypto::RandomError;
use locker_crypto::enrol::Enrolment;
use locker_crypto::{CodeKey, SigningKey, VerifyingKey};
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{LockerId, PublicKey};
use minicbor::{Decode, Encode};

use crate::disk::{Disk, How, make_folder_durably, read_up_to};
use crate::random::Random;

const FILE: &str = "kiosk.keys";
/// A few hundred bytes are expected.
const MAX_BYTES: u64 = 4_096;

/// The kiosk's keys.
pub struct KeyRing {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    seed: [u8; 32],
    journal: SigningKey,
    network: Option<Network>,
}

/// What an enrolment gave.
pub struct Network {
    /// This locker.
    pub locker: LockerId,
    /// Verifies everything that grants something.
    pub hub: VerifyingKey,
    /// Tags codes and PINs.
    pub codes: CodeKey,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file cannot be read or written.
    #[error("{doing} {}: {source}", path.display())]
    Files {
        /// What was tried.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one of ours, or damaged. It is left as it is.
    #[error(
        "{} is damaged: the locker cannot show who it is. Restore it from a backup, or move it away and enrol the \
         locker anew",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
}

#[derive(Encode, Decode)]
struct Stored {
    #[cbor(n(0), with = "minicbor::bytes")]
    seed: [u8; 32],
    #[n(1)]
    network: Option<StoredNetwork>,
}

#[derive(Encode, Decode)]
struct StoredNetwork {
    #[n(0)]
    locker: LockerId,
    #[n(1)]
    hub_key: PublicKey,
    #[cbor(n(2), with = "minicbor::bytes")]
    code_key: [u8; 32],
}

impl StoredNetwork {
    fn of(enrolment: &Enrolment) -> Self {
        Self { locker: enrolment.locker, hub_key: enrolment.hub_key, code_key: enrolment.code_key.to_bytes() }
    }
}

impl KeyRing {
    /// Reads the keys in `folder`, or makes the first.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn open(disk: Arc<dyn Disk>, folder: &Path, random: &Random) -> Result<Self, KeyRingError> {
        let path = folder.join(FILE);
        match read_up_to(&*disk, &path, MAX_BYTES) {
            Ok(bytes) => match from_bytes(&bytes) {
                Ok(stored) => Self::of(disk, path, stored),
                Err(_) => Err(KeyRingError::Damaged { path }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Self::create(disk, folder, Stored { seed: random.bytes()?, network: None })
            }
            Err(source) => Err(files("reading", &path)(source)),
        }
    }

    /// Makes the keys of a locker that is enrolled already, instead of those that lie in `folder`: for a simulation, in which one
    /// history must always have the same keys. `seed` is that of the journal's key.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn create_enrolled(
        disk: Arc<dyn Disk>,
        folder: &Path,
        seed: [u8; 32],
        enrolment: &Enrolment,
    ) -> Result<Self, KeyRingError> {
        Self::create(disk, folder, Stored { seed, network: Some(StoredNetwork::of(enrolment)) })
    }

    fn create(disk: Arc<dyn Disk>, folder: &Path, stored: Stored) -> Result<Self, KeyRingError> {
        let path = folder.join(FILE);
        make_folder_durably(&*disk, folder).map_err(files("creating", folder))?;
        write_durably(&*disk, &path, &to_bytes(&stored))?;
        Self::of(disk, path, stored)
    }

    fn of(disk: Arc<dyn Disk>, path: PathBuf, stored: Stored) -> Result<Self, KeyRingError> {
        let Ok(journal) = SigningKey::from_seed(&stored.seed) else {
            return Err(KeyRingError::Damaged { path });
        };
        let network = stored.network.map(|network| Network {
            locker: network.locker,
            hub: VerifyingKey(network.hub_key),
            codes: CodeKey::from_bytes(network.code_key),
        });
        Ok(Self { disk, path, seed: stored.seed, journal, network })
    }

    /// Verifies the journal whose keys lie in `folder`. Makes nothing.
    ///
    /// # Errors
    /// When there are no keys, or they are damaged.
    pub fn verifier(disk: &dyn Disk, folder: &Path) -> Result<VerifyingKey, KeyRingError> {
        let path = folder.join(FILE);
        let bytes = read_up_to(disk, &path, MAX_BYTES).map_err(files("reading", &path))?;
        let Ok(stored) = from_bytes::<Stored>(&bytes) else { return Err(KeyRingError::Damaged { path }) };
        match SigningKey::from_seed(&stored.seed) {
            Ok(key) => Ok(VerifyingKey(key.public_key())),
            Err(_) => Err(KeyRingError::Damaged { path }),
        }
    }

    /// Signs the journal and all that goes up.
    pub fn journal(&self) -> &SigningKey {
        &self.journal
    }

    /// What an enrolment gave, if there was one.
    pub fn network(&self) -> Option<&Network> {
        self.network.as_ref()
    }

    /// Keeps what an enrolment gave: on disk before it counts.
    ///
    /// # Errors
    /// When the file cannot be written; nothing changed then.
    pub fn enrol(&mut self, enrolment: Enrolment) -> Result<(), KeyRingError> {
        let stored = Stored { seed: self.seed, network: Some(StoredNetwork::of(&enrolment)) };
        write_durably(&*self.disk, &self.path, &to_bytes(&stored))?;
        self.network = Some(Network {
            locker: enrolment.locker,
            hub: VerifyingKey(enrolment.hub_key),
            codes: enrolment.code_key,
        });
        Ok(())
    }
}

fn files(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyRingError {
    let path = path.to_owned();
    move |source| KeyRingError::Files { doing, path, source }
}

/// Writes beside, syncs, renames, syncs the folder: after a power cut there is the old file or the new one.
pub(crate) fn write_durably(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), KeyRingError> {
    let beside = path.with_extension("new");
    let file = disk.open(&beside, How::Replace).map_err(files("creating", path))?;
    file.write_at(bytes, 0).map_err(files("writing", path))?;
    if !faults::is(Fault::KeysNotSynced) {
        file.sync().map_err(files("syncing", path))?;
    }
    disk.rename(&beside, path).map_err(files("renaming", path))?;
    if let Some(folder) = path.parent() {
        disk.sync_names(folder).map_err(files("syncing the folder of", path))?;
    }
    Ok(())
}
