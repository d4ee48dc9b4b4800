//! Cases: problems raised at doors, whose parcels they are about, and how they are answered.

use locker_protocol::change::CaseAnswer;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{CaseId, Change, LockerId, ParcelId, Refusal, TenantId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::database::{signed, unsigned};
use crate::user_key::Scope;
use crate::words::word;

/// A case as it is kept.
pub(crate) struct Case {
    /// Its number at the hub.
    pub(crate) id: u64,
    pub(crate) locker: LockerId,
    pub(crate) journal: [u8; 16],
    /// Its entry there; none of cases that were raised before that was kept.
    pub(crate) seq: Option<u64>,
    /// The locker's own number.
    pub(crate) number: CaseId,
    pub(crate) problem: String,
    pub(crate) compartment: u16,
    pub(crate) opening: Option<u64>,
    pub(crate) raised_unix_s: u64,
}

/// The columns that [`Case::from_row`] reads.
pub(crate) const COLUMNS: &str =
    "id, locker, journal, seq, number, problem, compartment, opening, raised_unix_s";

/// Which cases this tenant may see (parameter `:tenant`; none is an operator): those about its parcels.
pub(crate) const VISIBLE: &str = "(:tenant IS NULL OR EXISTS
    (SELECT 1 FROM case_parcels WHERE case_parcels.case_id = cases.id AND case_parcels.tenant = :tenant))";

impl Case {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: unsigned(row.get(0)?),
            locker: LockerId(row.get(1)?),
            journal: row.get(2)?,
            seq: row.get::<_, Option<i64>>(3)?.map(unsigned),
            number: CaseId(row.get(4)?),
            problem: row.get(5)?,
            compartment: row.get(6)?,
            opening: row.get::<_, Option<i64>>(7)?.map(unsigned),
            raised_unix_s: unsigned(row.get(8)?),
        })
    }
}

/// A case that this user may see. To a tenant, those about parcels of others do not exist.
pub(crate) fn visible(connection: &Connection, scope: Scope, case: u64) -> rusqlite::Result<Option<Case>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM cases WHERE id = :case AND {VISIBLE}"))?
        .query_row(
            rusqlite::named_params! {
                ":case": signed(case),
                ":tenant": scope.tenant().map(|tenant| tenant.0),
            },
            Case::from_row,
        )
        .optional()
}

/// The parcels that a case is about, as far as this user may see them.
pub(crate) fn parcels_of(
    connection: &Connection,
    scope: Scope,
    case: u64,
) -> rusqlite::Result<Vec<ParcelId>> {
    let mut select = connection.prepare_cached(
        "SELECT parcel FROM case_parcels WHERE case_id = ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY parcel",
    )?;
    let tenant = scope.tenant().map(|tenant| tenant.0);
    let rows = select.query_map((signed(case), tenant), |row| row.get(0).map(unsigned).map(ParcelId))?;
    rows.collect()
}

/// An answer as it is kept.
pub(crate) struct Given {
    pub(crate) answer: CaseAnswer,
    /// Who gave it; none is an operator.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) given_unix_s: u64,
    /// `applied` or `refused`; none while the locker has not said.
    pub(crate) standing: Option<String>,
    pub(crate) why: Option<String>,
}

/// How a case was answered, in the order in which that was done, as far as this user may see it.
pub(crate) fn answers_of(connection: &Connection, scope: Scope, case: u64) -> rusqlite::Result<Vec<Given>> {
    let seen = parcels_of(connection, scope, case)?;
    let mut select = connection.prepare_cached(
        "SELECT answer, tenant, given_unix_s, standing, why FROM case_answers WHERE case_id = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([signed(case)])?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        // What a newer version wrote is left out.
        let Ok(answer) = from_bytes::<CaseAnswer>(&row.get::<_, Vec<u8>>(0)?) else { continue };
        if parcel_of(answer).is_none_or(|parcel| seen.contains(&parcel)) {
            answers.push(Given {
                answer,
                tenant: row.get::<_, Option<u32>>(1)?.map(TenantId),
                given_unix_s: unsigned(row.get(2)?),
                standing: row.get(3)?,
                why: row.get(4)?,
            });
        }
    }
    Ok(answers)
}

/// The parcel that an answer is about.
pub(crate) fn parcel_of(answer: CaseAnswer) -> Option<ParcelId> {
    match answer {
        CaseAnswer::OpenAgain { parcel } | CaseAnswer::Extend { parcel, .. } => Some(parcel),
        CaseAnswer::StaffComes => None,
    }
}

/// Keeps an answer that is on its way to the locker.
pub(crate) fn give(
    transaction: &Transaction<'_>,
    case: u64,
    answer: CaseAnswer,
    scope: Scope,
    now_unix_s: u64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO case_answers (case_id, answer, tenant, given_unix_s) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((
            signed(case),
            to_bytes(&answer),
            scope.tenant().map(|tenant| tenant.0),
            signed(now_unix_s),
        ))?;
    Ok(())
}

/// Notes what the locker made of a change, if that was a case's answer. Of several that are the same, the first that waits.
pub(crate) fn answered(
    transaction: &Transaction<'_>,
    locker: LockerId,
    change: &Change,
    refused: Option<Refusal>,
) -> rusqlite::Result<()> {
    let Change::AnswerCase { case, answer } = change else { return Ok(()) };
    transaction
        .prepare_cached(
            "UPDATE case_answers SET standing = ?4, why = ?5 WHERE id = (
                 SELECT case_answers.id FROM case_answers JOIN cases ON cases.id = case_id
                 WHERE locker = ?1 AND number = ?2 AND answer = ?3 AND standing IS NULL
                 ORDER BY case_answers.id LIMIT 1)",
        )?
        .execute((
            locker.0,
            case.0,
            to_bytes(answer),
            if refused.is_some() { "refused" } else { "applied" },
            refused.map(|why| word(&why)),
        ))?;
    Ok(())
}
