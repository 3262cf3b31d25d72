//! Signatures of messages, as Standard Webhooks has them.
//!
//! What is signed is `id.timestamp.body`, so that neither can be exchanged; the key is the part of the
//! secret behind `whsec_`. While a secret is being changed, both sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// By which a secret is known in texts.
pub const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;
/// How far a receiver's clock and ours may differ before a message counts as an old one.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;

/// The headers of a message.
pub const ID: &str = "webhook-id";
pub const TIMESTAMP: &str = "webhook-timestamp";
pub const SIGNATURE: &str = "webhook-signature";

/// A new secret.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// What the header says for a message sent at that time: a signature by each secret.
pub fn header(secrets: &[&str], id: &str, at: Timestamp, body: &str) -> String {
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| one(secret, id, at.as_second(), body))
        .map(|signature| format!("v1,{signature}"))
        .collect();
    signatures.join(" ")
}

fn mac(secret: &str, id: &str, seconds: i64, body: &str) -> Option<Hmac<Sha256>> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(mac)
}

fn one(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let signed = mac(secret, id, seconds, body)?.finalize().into_bytes();
    Some(STANDARD.encode(signed))
}

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Its time is no time, or too far from now: somebody may have kept it.
    Timestamp,
    /// No signature of ours is on it.
    Signature,
}

/// What a receiver does. Our tests and the guide hold to it.
pub fn verify(
    secret: &str,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let seconds: i64 = timestamp.parse().map_err(|_| Refused::Timestamp)?;
    if TOLERANCE_SECONDS < now.as_second().saturating_sub(seconds).saturating_abs() {
        return Err(Refused::Timestamp);
    }
    let is_ours = |signature: &str| {
        let signed = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        let mac = mac(secret, id, seconds, body);
        // Compared in a time that tells nothing.
        signed.zip(mac).is_some_and(|(signed, mac)| mac.verify_slice(&signed).is_ok())
    };
    if signatures.split(' ').any(is_ours) { Ok(()) } else { Err(Refused::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = "{\"test\": 2432232314}";

    #[test]
    fn a_message_is_signed_as_others_sign_it() {
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(header(&[SECRET], ID, at, BODY), expected);
    }

    #[test]
    fn what_was_changed_or_kept_is_refused() {
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let later = |seconds: i64| Timestamp::from_second(1_614_265_330 + seconds).unwrap();
        let new = secret().unwrap();
        let signed = header(&[&new, SECRET], ID, at, BODY);
        let stamp = "1614265330";
        let check = |id: &str, stamp: &str, body: &str, now| {
            verify(SECRET, (id, stamp, &signed), body, now)
        };
        assert_eq!(check(ID, stamp, BODY, later(10)), Ok(()), "also beside another secret's");
        assert_eq!(verify(&new, (ID, stamp, &signed), BODY, later(10)), Ok(()));
        assert_eq!(check(ID, stamp, BODY, later(301)), Err(Refused::Timestamp), "kept too long");
        assert_eq!(check(ID, stamp, BODY, later(-301)), Err(Refused::Timestamp), "from later");
        assert_eq!(check(ID, "soon", BODY, at), Err(Refused::Timestamp));
        assert_eq!(check(ID, "1614265331", BODY, at), Err(Refused::Signature), "another time");
        assert_eq!(check("msg_2", stamp, BODY, at), Err(Refused::Signature), "another id");
        assert_eq!(check(ID, stamp, "{}", at), Err(Refused::Signature), "another body");
        let other = secret().unwrap();
        assert_eq!(
            verify(&other, (ID, stamp, &signed), BODY, at),
            Err(Refused::Signature),
            "another secret"
        );
        assert_eq!(verify(SECRET, (ID, stamp, "v1,%% v2,x"), BODY, at), Err(Refused::Signature));
    }
}
