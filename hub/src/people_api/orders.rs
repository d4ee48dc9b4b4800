//! Orders that come in several parcels. A tenant names an order by a word of its own; of that word the hub keeps only what the
//! lockers are told: 32 bits of a keyed hash, by which parcels of one order find each other.

use locker_protocol::change::Order;
use locker_protocol::{OrderId, TenantId};
use ring::hmac;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{number_within, text_within};
use crate::problem::Problem;

/// The most characters of a word for an order.
const MAX_REFERENCE: usize = 200;
/// How many parcels an order may have. One that has a single parcel needs not be named.
const PARCELS: std::ops::RangeInclusive<u32> = 2..=255;

/// The order that a parcel is a part of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderView {
    /// Your own word for the order, the same for each of its parcels: 1 to 200 characters. Only a keyed hash of it is kept.
    reference: String,
    /// How many parcels it has, at this locker: 2 to 255.
    parcels: u8,
}

impl OrderView {
    pub(crate) fn check(&self) -> Result<(), Problem> {
        text_within("order.reference", &self.reference, MAX_REFERENCE)?;
        number_within("order.parcels", u32::from(self.parcels), PARCELS)
    }

    /// What the locker is told.
    pub(crate) fn order(&self, key: &hmac::Key, tenant: TenantId) -> Order {
        let mut context = hmac::Context::with_key(key);
        // Never the same input as for a person's word: that is four bytes and then a text without control characters.
        context.update(b"order\0");
        context.update(&tenant.0.to_be_bytes());
        context.update(self.reference.as_bytes());
        let id = context.sign().as_ref().iter().take(4).fold(0, |id, byte| id << 8 | u32::from(*byte));
        Order { id: OrderId(id), parcels: self.parcels }
    }
}
