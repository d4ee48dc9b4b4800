//! The hub's Ed25519 key, which every locker pins when it is enrolled: a 32-byte seed in `hub.key` beside the database.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use locker_crypto::{KeyError, RandomError, SigningKey, random};

const FILE: &str = "hub.key";
const SEED_BYTES: usize = 32;

/// Why the hub has no signing key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has not exactly 32 bytes.
    #[error("{path} is not a key: it has to hold {SEED_BYTES} bytes")]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// Others than its owner may read or change the file.
    #[error("{path} may be used by others than its owner (mode {mode:o}): chmod 600")]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// No key could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The bytes make no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Reads the key beside the database, or creates it.
pub(crate) fn load_or_create(database: &Path) -> Result<SigningKey, SigningKeyError> {
    let path = database.with_file_name(FILE);
    let seed = match File::open(&path) {
        Ok(file) => read(file, &path)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(&path)?,
        Err(source) => return Err(SigningKeyError::File { path, source }),
    };
    Ok(SigningKey::from_seed(&seed)?)
}

fn read(file: File, path: &Path) -> Result<[u8; SEED_BYTES], SigningKeyError> {
    let failed = |source| SigningKeyError::File { path: path.to_owned(), source };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SigningKeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(SEED_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    bytes.try_into().map_err(|_| SigningKeyError::NotAKey { path: path.to_owned() })
}

/// Under its name there is either no file or a whole one, whatever happens in between.
fn create(path: &Path) -> Result<[u8; SEED_BYTES], SigningKeyError> {
    let failed = |source| SigningKeyError::File { path: path.to_owned(), source };
    let seed = random()?;
    let unfinished = path.with_extension("key.new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(failed)?;
    file.write_all(&seed).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&unfinished, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(seed)
}
