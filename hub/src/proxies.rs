//! For whom a reverse proxy asks. Only proxies that the operator named are believed: whoever else writes these headers, writes them of
//! themselves.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;

/// How many hops of a chain are looked at: more than there are proxies before a hub.
const MAX_HOPS: usize = 32;

/// The proxies that are believed.
#[derive(Clone, Default)]
pub(crate) struct Proxies(Vec<IpAddr>);

impl Proxies {
    pub(crate) fn new(trusted: &[IpAddr]) -> Self {
        Self(trusted.iter().map(IpAddr::to_canonical).collect())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// From where a request came: the last hop that is no proxy of ours. A hop that cannot be read ends the chain at the proxy that
    /// wrote it, which then counts itself.
    pub(crate) fn asker(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let mut asker = peer;
        // Each proxy adds whom it serves to the end.
        for hop in hops(headers).into_iter().rev().take(MAX_HOPS) {
            let Some(address) = hop else { return asker };
            asker = address;
            if !self.trusts(address) {
                return address;
            }
        }
        asker
    }
}

/// Whom each proxy says that it serves, in order: by `Forwarded` (RFC 7239), or else by `X-Forwarded-For`.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let words = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        values.flat_map(|value| value.split(',')).map(|word| word.trim().to_owned()).collect()
    };
    let forwarded = words(FORWARDED.as_str());
    if !forwarded.is_empty() {
        return forwarded.iter().map(|hop| address_of(for_of(hop)?)).collect();
    }
    words("x-forwarded-for").iter().map(|hop| address_of(hop)).collect()
}

/// The `for=` of one element of `Forwarded`.
fn for_of(hop: &str) -> Option<&str> {
    hop.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address, with or without a port. `unknown` and names made up to hide one are none.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).or_else(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        [(name.parse().unwrap(), value.parse().unwrap())].into_iter().collect()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn asker(peer: &str, name: &'static str, value: &str) -> IpAddr {
        let proxies = Proxies::new(&[ip("10.0.0.1"), ip("10.0.0.2")]);
        proxies.asker(ip(peer), &headers(name, value))
    }

    #[test]
    fn a_proxy_that_the_operator_named_is_believed() {
        assert_eq!(asker("10.0.0.1", "x-forwarded-for", "192.0.2.7"), ip("192.0.2.7"));
        assert_eq!(asker("10.0.0.1", "forwarded", "for=192.0.2.7;proto=https"), ip("192.0.2.7"));
        assert_eq!(asker("10.0.0.1", "forwarded", "For=\"[2001:db8::7]:4711\""), ip("2001:db8::7"));
        assert_eq!(asker("10.0.0.1", "forwarded", "for=\"[2001:db8::7]\""), ip("2001:db8::7"));
        assert_eq!(asker("::ffff:10.0.0.1", "x-forwarded-for", "192.0.2.7:80"), ip("192.0.2.7"));
    }

    #[test]
    fn nobody_else_is() {
        assert_eq!(asker("192.0.2.9", "x-forwarded-for", "192.0.2.7"), ip("192.0.2.9"));
        assert_eq!(asker("192.0.2.9", "forwarded", "for=192.0.2.7"), ip("192.0.2.9"));
    }

    #[test]
    fn what_somebody_wrote_before_the_proxy_got_it_does_not_count() {
        assert_eq!(asker("10.0.0.1", "x-forwarded-for", "198.51.100.1, 192.0.2.7"), ip("192.0.2.7"));
        assert_eq!(asker("10.0.0.1", "x-forwarded-for", "192.0.2.7, 10.0.0.2"), ip("192.0.2.7"));
        assert_eq!(asker("10.0.0.1", "forwarded", "for=198.51.100.1, for=192.0.2.7"), ip("192.0.2.7"));
    }

    #[test]
    fn what_cannot_be_read_counts_as_the_proxy_itself() {
        for hop in ["unknown", "_hidden", "", "for"] {
            assert_eq!(asker("10.0.0.1", "x-forwarded-for", hop), ip("10.0.0.1"), "{hop}");
        }
        assert_eq!(asker("10.0.0.1", "forwarded", "proto=https"), ip("10.0.0.1"));
        assert_eq!(asker("10.0.0.1", "accept", "*/*"), ip("10.0.0.1"));
    }
}
