//! Where messages may go: to the open network, encrypted, and nowhere inside.
//!
//! # Promises
//!
//! * A name is looked up once, and the connection goes to an address that was looked at: what a name
//!   says later leads nobody elsewhere.
//! * Addresses of this machine, of private networks and of machines beside it are refused, in whatever
//!   form they are written; so is `http:`.
//! * Hosts that the configuration allows (`webhooks.allow`) are excepted, for receivers inside the
//!   company and for trying out.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::Uri;
use thiserror::Error;

/// The hosts that may be inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    allowed: BTreeSet<String>,
}

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub host: String,
    pub port: u16,
    pub is_encrypted: bool,
    pub path: String,
}

/// Why a message does not go anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReachError {
    #[error("this is no address of the web")]
    Url,
    #[error("`http:` sends messages in the open; use `https:`")]
    Open,
    #[error("`{host}` has no address")]
    Unknown { host: String },
    #[error("`{host}` is inside, at {address}")]
    Inside { host: String, address: IpAddr },
}

impl Reach {
    /// Hosts between commas or blanks, as addresses name them.
    pub fn allowing(hosts: &str) -> Reach {
        let hosts = hosts.split([',', ' ']).map(str::trim).filter(|host| !host.is_empty());
        Reach { allowed: hosts.map(|host| bare(host).to_ascii_lowercase()).collect() }
    }

    fn allows(&self, host: &str) -> bool {
        self.allowed.contains(&host.to_ascii_lowercase())
    }

    /// What an address says, if messages may go there as far as it tells.
    pub fn target(&self, url: &str) -> Result<Target, ReachError> {
        let uri: Uri = url.parse().map_err(|_| ReachError::Url)?;
        let host = bare(uri.host().ok_or(ReachError::Url)?).to_owned();
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(ReachError::Url),
        };
        let is_allowed = self.allows(&host);
        if !is_encrypted && !is_allowed {
            return Err(ReachError::Open);
        }
        if let Ok(address) = host.parse::<IpAddr>()
            && !is_allowed
            && !is_public(address)
        {
            return Err(ReachError::Inside { host, address });
        }
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Target { host, port, is_encrypted, path })
    }

    /// The addresses of a target that messages may go to.
    pub async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, ReachError> {
        let unknown = || ReachError::Unknown { host: target.host.clone() };
        let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| unknown())?.collect();
        let first = found.first().ok_or_else(unknown)?.ip();
        let is_allowed = self.allows(&target.host);
        let open: Vec<SocketAddr> =
            found.into_iter().filter(|it| is_allowed || is_public(it.ip())).collect();
        if open.is_empty() {
            return Err(ReachError::Inside { host: target.host.clone(), address: first });
        }
        Ok(open)
    }
}

/// A host without the brackets of an address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Whether an address belongs to the open network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_inside = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        // This network, shared addresses of providers, assignments, relays, measuring, the rest.
        || a == 0
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240;
    !is_inside
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Of what is given out, less what carries an address of the other kind, assignments, examples.
    let is_given_out = a & 0xe000 == 0x2000;
    let is_special =
        (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    is_given_out && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_refused_however_it_is_written() {
        for inside in [
            "127.0.0.1",
            "127.255.0.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.19.255.255",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(!is_public(inside.parse().expect(inside)), "{inside}");
        }
        for open in [
            "1.1.1.1",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "198.17.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2400:cb00::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(open.parse().expect(open)), "{open}");
        }
    }

    #[test]
    fn an_address_tells_where_it_leads() {
        let reach = Reach::allowing("localhost, hooks.internal [::1]");
        let target = reach.target("https://example.com/in?a=b").expect("a target");
        assert_eq!((&*target.host, target.port, &*target.path), ("example.com", 443, "/in?a=b"));
        assert_eq!(reach.target("http://localhost:8080").expect("allowed").port, 8080);
        assert_eq!(reach.target("http://[::1]:81/x").expect("allowed").host, "::1");
        assert_eq!(reach.target("http://Hooks.Internal/").expect("allowed").port, 80);
        assert_eq!(reach.target("http://example.com"), Err(ReachError::Open));
        for url in ["example.com", "/in", "ftp://example.com", "https:///x"] {
            assert_eq!(reach.target(url), Err(ReachError::Url), "{url}");
        }
        for url in ["https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/"]
        {
            assert!(matches!(reach.target(url), Err(ReachError::Inside { .. })), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused() {
        let reach = Reach::default();
        let target =
            Target { host: "localhost".into(), port: 443, is_encrypted: true, path: "/".into() };
        let found = reach.addresses(&target).await;
        assert!(matches!(found, Err(ReachError::Inside { .. })), "{found:?}");
        let allowed = Reach::allowing("localhost").addresses(&target).await.expect("allowed");
        assert!(allowed[0].ip().is_loopback());
    }
}
