//! Couriers and technicians: who may work where.

use locker_protocol::change::Staff;
use locker_protocol::{CodeTag, LockerId, StaffId, TenantId};
use rusqlite::Connection;

use crate::problem::Problem;
use crate::words::variant;

/// Everyone who may work at a locker.
pub(crate) fn working_at(connection: &Connection, locker: LockerId) -> Result<Vec<Staff>, Problem> {
    let mut select = connection.prepare_cached(
        "SELECT staff.id, staff.tenant, staff.role, staff_lockers.pin FROM staff_lockers
         JOIN staff ON staff.id = staff_lockers.staff
         WHERE staff_lockers.locker = ?1 AND staff.revoked_unix_s IS NULL ORDER BY staff.id",
    )?;
    let rows = select.query_map([locker.0], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<[u8; CodeTag::LENGTH]>>(3)?,
        ))
    })?;
    let mut staff = Vec::new();
    for row in rows {
        let (id, tenant, role, pin) = row?;
        staff.push(Staff {
            staff: StaffId(id),
            tenant: TenantId(tenant),
            role: variant(&role).ok_or_else(|| Problem::corrupt("a role"))?,
            pin: pin.map(CodeTag),
        });
    }
    Ok(staff)
}
