//! People, as pseudonyms. A tenant names a person by a word of its own; the hub keeps only a keyed hash of that word, and
//! the number that stands for the person at the lockers. Words of different tenants are different people until an
//! operator links them: otherwise a tenant could take any person's parcels by naming them.

use locker_protocol::{RecipientId, TenantId};
use ring::hmac;
use rusqlite::{OptionalExtension, Transaction};

use crate::database::{signed, unsigned};
use crate::parcels::draw_number;
use crate::problem::Problem;

/// The most characters of a word for a person.
pub(crate) const MAX_REFERENCE: usize = 200;

fn reference_hash(key: &hmac::Key, tenant: TenantId, reference: &str) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    context.update(&tenant.0.to_be_bytes());
    context.update(reference.as_bytes());
    context.sign().as_ref().to_vec()
}

/// The person whom this tenant calls so.
pub(crate) fn recipient(
    transaction: &Transaction<'_>,
    key: &hmac::Key,
    tenant: TenantId,
    reference: &str,
) -> Result<RecipientId, Problem> {
    let hash = reference_hash(key, tenant, reference);
    let known: Option<i64> = transaction
        .prepare_cached("SELECT recipient FROM recipients WHERE tenant = ?1 AND reference = ?2")?
        .query_row((tenant.0, &hash), |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(RecipientId(unsigned(known)));
    }
    let number = draw_number(|number| {
        transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM recipients WHERE recipient = ?1)")?
            .query_row([signed(number)], |row| row.get(0))
    })?;
    assign(transaction, tenant, &hash, RecipientId(number))?;
    Ok(RecipientId(number))
}

/// Makes the words of several tenants mean one person: from now on, whom the first one means.
pub(crate) fn link(
    transaction: &Transaction<'_>,
    key: &hmac::Key,
    references: &[(TenantId, String)],
) -> Result<(), Problem> {
    let Some(((tenant, reference), others)) = references.split_first() else { return Ok(()) };
    let person = recipient(transaction, key, *tenant, reference)?;
    for (tenant, reference) in others {
        assign(transaction, *tenant, &reference_hash(key, *tenant, reference), person)?;
    }
    Ok(())
}

fn assign(
    transaction: &Transaction<'_>,
    tenant: TenantId,
    hash: &[u8],
    recipient: RecipientId,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO recipients (tenant, reference, recipient) VALUES (?1, ?2, ?3)",
        )?
        .execute((tenant.0, hash, signed(recipient.0)))?;
    Ok(())
}
