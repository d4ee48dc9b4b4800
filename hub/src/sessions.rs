//! A locker's session: what its token opened, and the one hello that was said in it. A locker has one session at a time.
//! Sync chooses when the kiosk's signed words arrive; were two sessions open at once, it could have the kiosk say hello in
//! one, go on in the other, and hand over the first hello last: as if the journal had lost its end.

use locker_protocol::{LockerId, Nonce};
use ring::digest::{SHA256, digest};
use rusqlite::{OptionalExtension, Transaction};

use crate::database::signed;
use crate::problem::{Kind, Problem};

/// Opens a session, and ends the one before.
pub(crate) fn open(
    transaction: &Transaction<'_>,
    locker: LockerId,
    token_hash: &[u8; 32],
    nonce: &Nonce,
    expires_unix_s: u64,
) -> rusqlite::Result<()> {
    end(transaction, locker)?;
    transaction
        .prepare_cached("INSERT INTO tokens (hash, locker, nonce, expires_unix_s) VALUES (?1, ?2, ?3, ?4)")?
        .execute((&token_hash[..], locker.0, &nonce.0[..], signed(expires_unix_s)))?;
    Ok(())
}

/// Ends the locker's session: whoever comes next has to say hello.
pub(crate) fn end(transaction: &Transaction<'_>, locker: LockerId) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM tokens WHERE locker = ?1")?.execute([locker.0])?;
    Ok(())
}

/// The hello of a session, and what it was answered.
struct Greeting {
    hello_hash: Vec<u8>,
    answer: Vec<u8>,
}

/// How the hello of this session was answered; nothing while none was said.
///
/// The token was looked at when the request began, and a session may end while a slow request comes in: so this looks again.
fn answered(
    transaction: &Transaction<'_>,
    locker: LockerId,
    nonce: &Nonce,
) -> Result<Option<Greeting>, Problem> {
    transaction
        .prepare_cached("SELECT hello_hash, answer FROM tokens WHERE locker = ?1 AND nonce = ?2")?
        .query_row((locker.0, &nonce.0[..]), |row| {
            let (hello_hash, answer): (Option<_>, Option<_>) = (row.get(0)?, row.get(1)?);
            Ok(hello_hash.zip(answer).map(|(hello_hash, answer)| Greeting { hello_hash, answer }))
        })
        .optional()?
        .ok_or_else(|| Problem::new(Kind::Unauthorized, "the session has ended: begin another"))
}

/// Answers the hello of a session, by `answer` the first time. The same bytes get the same answer, which may have been lost
/// on its way; other bytes get none.
pub(crate) fn greet(
    transaction: &Transaction<'_>,
    locker: LockerId,
    nonce: &Nonce,
    hello: &[u8],
    answer: impl FnOnce() -> Result<Vec<u8>, Problem>,
) -> Result<Vec<u8>, Problem> {
    let hello_hash = digest(&SHA256, hello);
    match answered(transaction, locker, nonce)? {
        Some(known) if known.hello_hash == hello_hash.as_ref() => return Ok(known.answer),
        Some(_) => return Err(Problem::new(Kind::Stale, "hello was said in this session: begin another")),
        None => {}
    }
    let answer = answer()?;
    transaction
        .prepare_cached("UPDATE tokens SET hello_hash = ?3, answer = ?4 WHERE locker = ?1 AND nonce = ?2")?
        .execute((locker.0, &nonce.0[..], hello_hash.as_ref(), &answer))?;
    Ok(answer)
}

/// Goes on only where this session is the locker's, and has said hello.
pub(crate) fn require_greeted(
    transaction: &Transaction<'_>,
    locker: LockerId,
    nonce: &Nonce,
) -> Result<(), Problem> {
    match answered(transaction, locker, nonce)? {
        Some(_) => Ok(()),
        // A hub that was restored from a backup may have forgotten the hello; the next session brings another.
        None => Err(Problem::new(Kind::Unauthorized, "hello was not said in this session: begin another")),
    }
}
