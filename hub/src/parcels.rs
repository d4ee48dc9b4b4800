//! The hub's record of a parcel.

use locker_crypto::{RandomError, label_tag, random};
use locker_protocol::change::{Announcement, Order, ReturnAnnouncement, TemperatureRange};
use locker_protocol::{
    Change, CodeTag, Label, LabelTag, LockerId, OrderId, ParcelId, RecipientId, Size, TenantId,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::database::{signed, unsigned};
use crate::labels::AskedLabel;
use crate::problem::Problem;

/// Numbers stay below this, so that every JSON reader can hold them exactly.
const NUMBERS: u64 = 1 << 53;

/// How the hub came to know of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Announced,
    DepositPass,
    Unannounced,
    /// A person sends it from the locker.
    Return,
}

impl Origin {
    const ALL: [Self; 4] = [Self::Announced, Self::DepositPass, Self::Unannounced, Self::Return];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::DepositPass => "deposit_pass",
            Self::Unannounced => "unannounced",
            Self::Return => "return",
        }
    }
}

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Expected,
    Inside,
    Doubtful,
    Out,
    Cancelled,
}

impl State {
    const ALL: [Self; 5] = [Self::Expected, Self::Inside, Self::Doubtful, Self::Out, Self::Cancelled];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Inside => "inside",
            Self::Doubtful => "doubtful",
            Self::Out => "out",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether its story is over.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Out | Self::Cancelled)
    }
}

/// Who took a parcel out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taker {
    Recipient,
    Carrier,
    Staff,
}

impl Taker {
    const ALL: [Self; 3] = [Self::Recipient, Self::Carrier, Self::Staff];

    /// The taker of this word.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|taker| taker.text() == text)
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Carrier => "carrier",
            Self::Staff => "staff",
        }
    }
}

/// A parcel as the hub's books have it.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) id: ParcelId,
    pub(crate) locker: LockerId,
    pub(crate) tenant: TenantId,
    pub(crate) origin: Origin,
    pub(crate) label: Label,
    pub(crate) recipient: Option<RecipientId>,
    pub(crate) code: Option<CodeTag>,
    pub(crate) size: Size,
    /// Its sender chooses a size: `size` says nothing.
    pub(crate) any_size: bool,
    pub(crate) retention_s: Option<u32>,
    pub(crate) reachable: bool,
    /// The order that it is a part of, where that comes in several parcels.
    pub(crate) order: Option<Order>,
    /// The temperature that it must be kept at.
    pub(crate) keep: Option<TemperatureRange>,
    pub(crate) pass_expires_unix_s: Option<u64>,
    /// Whether the locker has said that it knows of it.
    pub(crate) known_there: bool,
    pub(crate) state: State,
    pub(crate) compartment: Option<u16>,
    pub(crate) out_to: Option<String>,
    pub(crate) expired: bool,
    pub(crate) recalled: bool,
    pub(crate) created_unix_s: u64,
    pub(crate) changed_unix_s: u64,
    /// Its place is known from a receipt: its locker's events have not come as far.
    pub(crate) by_receipt: bool,
    /// Why a courier brought it last and took it away again.
    pub(crate) left_over: Option<String>,
    /// Since when the thermometer of its compartment was out of its range, the first time that it lay there.
    pub(crate) out_of_range_unix_s: Option<u64>,
}

/// The columns that [`Parcel::from_row`] reads.
pub(crate) const COLUMNS: &str = "id, locker, tenant, origin, label, recipient, code, size, retention_s, reachable, \
     pass_expires_unix_s, known_there, state, compartment, out_to, expired, recalled, created_unix_s, changed_unix_s, \
     order_id, order_parcels, any_size, by_receipt, left_over, keep_low_tenths_c, keep_high_tenths_c, \
     out_of_range_unix_s";
/// Where the books' own word on parcels is read from, without what receipts say.
const BOOKED: &str = "(SELECT *, 0 AS by_receipt FROM parcels)";

impl Parcel {
    /// A parcel that is to come, with nothing known of it at the locker yet.
    pub(crate) fn expected(
        announcement: &Announcement,
        locker: LockerId,
        origin: Origin,
        now_unix_s: u64,
    ) -> Self {
        Self {
            id: announcement.parcel,
            locker,
            tenant: announcement.tenant,
            origin,
            label: announcement.label.clone(),
            recipient: Some(announcement.recipient),
            code: Some(announcement.code),
            size: announcement.size,
            any_size: false,
            retention_s: Some(announcement.retention_s),
            reachable: announcement.reachable,
            order: announcement.order,
            keep: announcement.keep,
            pass_expires_unix_s: None,
            known_there: false,
            state: State::Expected,
            compartment: None,
            out_to: None,
            expired: false,
            recalled: false,
            created_unix_s: now_unix_s,
            changed_unix_s: now_unix_s,
            by_receipt: false,
            left_over: None,
            out_of_range_unix_s: None,
        }
    }

    /// A return, with nothing known of it at the locker yet.
    pub(crate) fn to_be_sent(announcement: &ReturnAnnouncement, locker: LockerId, now_unix_s: u64) -> Self {
        Self {
            id: announcement.parcel,
            locker,
            tenant: announcement.tenant,
            origin: Origin::Return,
            label: announcement.label.clone(),
            recipient: None,
            code: announcement.code,
            size: announcement.size.unwrap_or(Size::S),
            any_size: announcement.size.is_none(),
            retention_s: None,
            reachable: false,
            order: None,
            keep: None,
            pass_expires_unix_s: None,
            known_there: false,
            state: State::Expected,
            compartment: None,
            out_to: None,
            expired: false,
            recalled: false,
            created_unix_s: now_unix_s,
            changed_unix_s: now_unix_s,
            by_receipt: false,
            left_over: None,
            out_of_range_unix_s: None,
        }
    }

    /// Its size, unless its sender chooses.
    pub(crate) fn known_size(&self) -> Option<Size> {
        (!self.any_size).then_some(self.size)
    }

    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let origin: String = row.get(3)?;
        let label: String = row.get(4)?;
        let code: Option<[u8; CodeTag::LENGTH]> = row.get(6)?;
        let size: String = row.get(7)?;
        let state: String = row.get(12)?;
        Ok(Self {
            id: ParcelId(unsigned(row.get(0)?)),
            locker: LockerId(row.get(1)?),
            tenant: TenantId(row.get(2)?),
            origin: one_of(&Origin::ALL, |origin| origin.text(), &origin, 3)?,
            label: Label::new(&label).map_err(|error| unreadable(4, error))?,
            recipient: row.get::<_, Option<i64>>(5)?.map(|recipient| RecipientId(unsigned(recipient))),
            code: code.map(CodeTag),
            size: Size::ALL
                .into_iter()
                .find(|known| known.to_string() == size)
                .ok_or_else(|| unreadable(7, UnknownWord(size)))?,
            retention_s: row.get(8)?,
            reachable: row.get(9)?,
            pass_expires_unix_s: row.get::<_, Option<i64>>(10)?.map(unsigned),
            known_there: row.get(11)?,
            state: one_of(&State::ALL, |state| state.text(), &state, 12)?,
            compartment: row.get(13)?,
            out_to: row.get(14)?,
            expired: row.get(15)?,
            recalled: row.get(16)?,
            created_unix_s: unsigned(row.get(17)?),
            changed_unix_s: unsigned(row.get(18)?),
            order: match (row.get(19)?, row.get(20)?) {
                (Some(id), Some(parcels)) => Some(Order { id: OrderId(id), parcels }),
                _ => None,
            },
            any_size: row.get(21)?,
            by_receipt: row.get(22)?,
            left_over: row.get(23)?,
            out_of_range_unix_s: row.get::<_, Option<i64>>(26)?.map(unsigned),
            keep: match (row.get(24)?, row.get(25)?) {
                (Some(low_tenths_c), Some(high_tenths_c)) => {
                    Some(TemperatureRange { low_tenths_c, high_tenths_c })
                }
                _ => None,
            },
        })
    }

    /// What the locker is told of it: nothing of an unannounced one that has no recipient yet.
    pub(crate) fn announcement(&self) -> Option<Change> {
        if self.origin == Origin::Return {
            let announcement = ReturnAnnouncement {
                parcel: self.id,
                tenant: self.tenant,
                label: self.label.clone(),
                label_tag: label_tag(&self.label),
                code: self.code,
                size: self.known_size(),
            };
            return Some(Change::AnnounceReturn { announcement });
        }
        let announcement = Announcement {
            parcel: self.id,
            tenant: self.tenant,
            label: self.label.clone(),
            label_tag: label_tag(&self.label),
            recipient: self.recipient?,
            code: self.code?,
            size: self.size,
            retention_s: self.retention_s?,
            reachable: self.reachable,
            order: self.order,
            keep: self.keep,
        };
        Some(Change::Announce { announcement })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("an unknown word: {0}")]
struct UnknownWord(String);

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

fn one_of<T: Copy>(
    all: &[T],
    text: impl Fn(T) -> &'static str,
    word: &str,
    column: usize,
) -> rusqlite::Result<T> {
    all.iter()
        .copied()
        .find(|known| text(*known) == word)
        .ok_or_else(|| unreadable(column, UnknownWord(word.to_owned())))
}

/// A parcel as it is now, as far as is known: by the books, and by receipts that are ahead of them.
pub(crate) fn find(connection: &Connection, parcel: ParcelId) -> rusqlite::Result<Option<Parcel>> {
    find_in(connection, "parcels_now", parcel)
}

/// A parcel as the books have it by the locker's own events.
pub(crate) fn booked(connection: &Connection, parcel: ParcelId) -> rusqlite::Result<Option<Parcel>> {
    find_in(connection, BOOKED, parcel)
}

fn find_in(
    connection: &Connection,
    source: &'static str,
    parcel: ParcelId,
) -> rusqlite::Result<Option<Parcel>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {source} WHERE id = ?1"))?
        .query_row([signed(parcel.0)], Parcel::from_row)
        .optional()
}

/// Whose story goes on. A deposit pass that ended unused has none: should the locker have taken it without a network,
/// its events will say so.
const LIVE: &str = "state IN ('expected', 'inside', 'doubtful')
     AND NOT (origin = 'deposit_pass' AND NOT known_there AND pass_expires_unix_s < :now)";

/// The parcel of this tenant with this label whose story at this locker goes on.
pub(crate) fn find_live(
    connection: &Connection,
    locker: LockerId,
    tenant: TenantId,
    asked: &AskedLabel,
    now_unix_s: u64,
) -> rusqlite::Result<Option<Parcel>> {
    let [label, typed] = asked.kept_as();
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM parcels_now WHERE locker = :locker AND tenant = :tenant AND label IN (:label, :typed)
             AND {LIVE} ORDER BY created_unix_s DESC LIMIT 1"
        ))?
        .query_row(
            rusqlite::named_params! {
                ":locker": locker.0,
                ":tenant": tenant.0,
                ":label": label,
                ":typed": typed,
                ":now": signed(now_unix_s),
            },
            Parcel::from_row,
        )
        .optional()
}

/// How many parcels at this locker have a story that goes on.
pub(crate) fn count_live(
    connection: &Connection,
    locker: LockerId,
    now_unix_s: u64,
) -> rusqlite::Result<u32> {
    connection
        .prepare_cached(&format!("SELECT COUNT(*) FROM parcels_now WHERE locker = :locker AND {LIVE}"))?
        .query_row(rusqlite::named_params! { ":locker": locker.0, ":now": signed(now_unix_s) }, |row| {
            row.get(0)
        })
}

pub(crate) fn insert(transaction: &Transaction<'_>, parcel: &Parcel) -> rusqlite::Result<()> {
    let LabelTag(tag) = label_tag(&parcel.label);
    transaction
        .prepare_cached(
            "INSERT INTO parcels (id, locker, tenant, origin, label, label_tag, recipient, code, size, retention_s,
             reachable, pass_expires_unix_s, known_there, state, created_unix_s, changed_unix_s,
             order_id, order_parcels, any_size, keep_low_tenths_c, keep_high_tenths_c)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        )?
        .execute(rusqlite::params![
            signed(parcel.id.0),
            parcel.locker.0,
            parcel.tenant.0,
            parcel.origin.text(),
            parcel.label.as_str(),
            signed(tag),
            parcel.recipient.map(|recipient| signed(recipient.0)),
            parcel.code.map(|code| code.0),
            parcel.size.to_string(),
            parcel.retention_s,
            parcel.reachable,
            parcel.pass_expires_unix_s.map(signed),
            parcel.known_there,
            parcel.state.text(),
            signed(parcel.created_unix_s),
            signed(parcel.changed_unix_s),
            parcel.order.map(|order| order.id.0),
            parcel.order.map(|order| order.parcels),
            parcel.any_size,
            parcel.keep.map(|keep| keep.low_tenths_c),
            parcel.keep.map(|keep| keep.high_tenths_c),
        ])?;
    Ok(())
}

/// What a locker has to be told of the parcels that are to come, and of those that are inside if asked.
pub(crate) fn announcements(
    connection: &Connection,
    locker: LockerId,
    also_inside: bool,
) -> Result<Vec<Change>, Problem> {
    let states = if also_inside { "'expected', 'inside', 'doubtful'" } else { "'expected'" };
    // A deposit pass is its own announcement: until the locker has seen it, there is nothing to tell.
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {BOOKED} WHERE locker = ?1 AND state IN ({states})
         AND (origin IN ('announced', 'return') OR known_there) ORDER BY created_unix_s, id"
    ))?;
    let mut announcements = Vec::new();
    for parcel in select.query_map([locker.0], Parcel::from_row)? {
        announcements.extend(parcel?.announcement());
    }
    Ok(announcements)
}

/// A number that no parcel or person has. Drawn at random: a hub that was restored from a backup must not give a
/// number again that it gave in the life that it forgot.
pub(crate) fn draw_number(is_taken: impl Fn(u64) -> rusqlite::Result<bool>) -> Result<u64, Problem> {
    loop {
        let number = u64::from_be_bytes(draw()?) % NUMBERS;
        // Of 2^53 numbers nearly all are free, so this ends.
        if number != 0 && !is_taken(number)? {
            return Ok(number);
        }
    }
}

fn draw() -> Result<[u8; 8], RandomError> {
    random()
}

/// A number for a new parcel.
pub(crate) fn draw_id(connection: &Connection) -> Result<ParcelId, Problem> {
    draw_number(|number| {
        connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM parcels WHERE id = ?1)")?
            .query_row([signed(number)], |row| row.get(0))
    })
    .map(ParcelId)
}
