//! The kiosk's secrets, in one file that only it can read: the seed of the journal's key and, once enrolled, who it is,
//! which hub it trusts, and the key of its codes. Every locker has its own: none is valid at another.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use locker_crypto::enrol::Enrolment;
use locker_crypto::{CodeKey, SigningKey, VerifyingKey};
pub use locker_crypto::{RandomError, random};
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{LockerId, PublicKey};
use minicbor::{Decode, Encode};

const FILE: &str = "kiosk.keys";
/// A few hundred bytes are expected.
const MAX_BYTES: u64 = 4_096;

/// The kiosk's keys.
pub struct KeyRing {
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

impl KeyRing {
    /// Reads the keys in `folder`, or makes the first.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn open(folder: &Path) -> Result<Self, KeyRingError> {
        let path = folder.join(FILE);
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(file) => {
                file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|source| KeyRingError::Files {
                    doing: "reading",
                    path: path.clone(),
                    source,
                })?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(folder).map_err(|source| KeyRingError::Files {
                    doing: "creating",
                    path: folder.to_owned(),
                    source,
                })?;
                let stored = Stored { seed: random()?, network: None };
                write_durably(&path, &to_bytes(&stored))?;
                return Self::of(path, stored);
            }
            Err(source) => return Err(KeyRingError::Files { doing: "reading", path, source }),
        }
        match from_bytes(&bytes) {
            Ok(stored) => Self::of(path, stored),
            Err(_) => Err(KeyRingError::Damaged { path }),
        }
    }

    fn of(path: PathBuf, stored: Stored) -> Result<Self, KeyRingError> {
        let Ok(journal) = SigningKey::from_seed(&stored.seed) else {
            return Err(KeyRingError::Damaged { path });
        };
        let network = stored.network.map(|network| Network {
            locker: network.locker,
            hub: VerifyingKey(network.hub_key),
            codes: CodeKey::from_bytes(network.code_key),
        });
        Ok(Self { path, seed: stored.seed, journal, network })
    }

    /// Verifies the journal whose keys lie in `folder`. Makes nothing.
    ///
    /// # Errors
    /// When there are no keys, or they are damaged.
    pub fn verifier(folder: &Path) -> Result<VerifyingKey, KeyRingError> {
        let path = folder.join(FILE);
        let bytes = fs::read(&path).map_err(|source| KeyRingError::Files {
            doing: "reading",
            path: path.clone(),
            source,
        })?;
        let stored: Stored = from_bytes(&bytes).map_err(|_| KeyRingError::Damaged { path: path.clone() })?;
        Ok(VerifyingKey(Self::of(path, stored)?.journal.public_key()))
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
        let network = StoredNetwork {
            locker: enrolment.locker,
            hub_key: enrolment.hub_key,
            code_key: enrolment.code_key.to_bytes(),
        };
        write_durably(&self.path, &to_bytes(&Stored { seed: self.seed, network: Some(network) }))?;
        self.network = Some(Network {
            locker: enrolment.locker,
            hub: VerifyingKey(enrolment.hub_key),
            codes: enrolment.code_key,
        });
        Ok(())
    }
}

/// Writes beside, syncs, renames, syncs the folder: after a power cut there is the old file or the new one.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), KeyRingError> {
    let beside = path.with_extension("new");
    let files = |doing| {
        let path = path.to_owned();
        move |source| KeyRingError::Files { doing, path, source }
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(files("creating"))?;
    file.write_all(bytes).map_err(files("writing"))?;
    file.sync_all().map_err(files("syncing"))?;
    fs::rename(&beside, path).map_err(files("renaming"))?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(files("syncing the folder of"))?;
    }
    Ok(())
}
