//! How often one address may ask what anyone may ask without a key. In memory: a second hub on the same database has a pace of
//! its own, and what is true does not depend on it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// How many requests may come at once.
const AT_ONCE: u64 = 60;
/// How many more each second.
const EACH_SECOND: u64 = 2;
/// How many addresses are remembered. Beyond it, new ones wait.
const MAX_ADDRESSES: usize = 10_000;
/// The bits of an IPv6 address that one customer of a provider does not choose.
const NETWORK: u128 = !0 << 64;

/// What an address has left.
#[derive(Clone, Copy)]
struct Left {
    requests: u64,
    at_unix_s: u64,
}

impl Left {
    fn refilled(self, now_unix_s: u64) -> Self {
        let seconds = now_unix_s.saturating_sub(self.at_unix_s);
        let requests = self.requests.saturating_add(seconds.saturating_mul(EACH_SECOND)).min(AT_ONCE);
        Self { requests, at_unix_s: now_unix_s }
    }
}

/// The pace of every address that asked lately.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<IpAddr, Left>>);

impl Pace {
    /// Whether this address may ask once more, which counts.
    pub(crate) fn allows(&self, address: IpAddr, now_unix_s: u64) -> bool {
        // Nothing that can panic runs under this lock, so a poisoned map is whole too.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network_of(address);
        if known.len() >= MAX_ADDRESSES && !known.contains_key(&address) {
            known.retain(|_, left| left.refilled(now_unix_s).requests < AT_ONCE);
            if known.len() >= MAX_ADDRESSES {
                return false;
            }
        }
        let full = Left { requests: AT_ONCE, at_unix_s: now_unix_s };
        let left = known.entry(address).or_insert(full);
        *left = left.refilled(now_unix_s);
        match left.requests.checked_sub(1) {
            Some(requests) => {
                left.requests = requests;
                true
            }
            None => false,
        }
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_too_often_waits_and_others_do_not() {
        let pace = Pace::default();
        let (one, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!((0..AT_ONCE).all(|_| pace.allows(one, 1_000)));
        assert!(!pace.allows(one, 1_000));
        assert!(pace.allows(other, 1_000));
        assert!((0..EACH_SECOND).all(|_| pace.allows(one, 1_001)));
        assert!(!pace.allows(one, 1_001));
        assert!(!pace.allows(one, 999), "a clock that goes back gives nothing");
    }

    #[test]
    fn all_addresses_of_one_connection_to_the_internet_count_as_one() {
        let pace = Pace::default();
        let address = |last: u64| IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8 << 96) | u128::from(last)));
        assert!((0..AT_ONCE).all(|last| pace.allows(address(last), 1_000)));
        assert!(!pace.allows(address(AT_ONCE), 1_000));
    }

    #[test]
    fn addresses_without_end_fill_no_memory() {
        let pace = Pace::default();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        let most = u32::try_from(MAX_ADDRESSES).unwrap();
        assert!((0..most).all(|number| pace.allows(address(number), 1_000)));
        assert!(!pace.allows(address(most), 1_000));
        assert!(pace.allows(address(most), 1_001), "those that are rested are forgotten");
    }
}
