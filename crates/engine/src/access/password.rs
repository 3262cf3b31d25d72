//! Passwords: hashed with Argon2id, a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::{AccessError, secret};

/// No password is shorter. Length is what counts; no other rule is imposed.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// More is not a password but an attempt to keep us busy.
const PASSWORD_BYTES_MAX: usize = 1_000;
/// How many are hashed at the same time; each takes about 19 MiB.
const HASHED_AT_ONCE_MAX: usize = 4;

/// Hashes and compares passwords. Cheap to clone; clones share the limit.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    turn: Arc<Semaphore>,
    /// Compared with when there is no such user, so that it takes as long.
    nobody: PasswordHash,
}

/// A hash of a password with its salt and cost, as `$argon2id$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl Passwords {
    /// At the cost OWASP recommends: 19 MiB, two passes.
    pub fn new() -> Result<Passwords, AccessError> {
        Passwords::with(Params::DEFAULT)
    }

    /// Much cheaper, so that tests are quick. Never for people's passwords.
    pub fn for_tests() -> Passwords {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least cost is valid");
        Passwords::with(params).expect("a random text can be hashed")
    }

    /// A password for somebody who has none yet: 80 random bits, to be changed by them.
    pub fn generated() -> Result<String, AccessError> {
        let mut password = secret::random()?;
        password.truncate(20);
        Ok(password)
    }

    fn with(params: Params) -> Result<Passwords, AccessError> {
        let nobody = hash_now(&params, &secret::random()?)?;
        Ok(Passwords { params, turn: Arc::new(Semaphore::new(HASHED_AT_ONCE_MAX)), nobody })
    }

    /// Hashes a password that someone chose.
    pub async fn hash(&self, password: &str) -> Result<PasswordHash, AccessError> {
        if password.chars().count() < PASSWORD_CHARS_MIN {
            return Err(AccessError::ShortPassword);
        }
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(AccessError::LongPassword);
        }
        let (params, password) = (self.params.clone(), password.to_owned());
        self.busy(move || hash_now(&params, &password)).await
    }

    /// Whether this is the password. Without a hash it is not, after the same amount of work.
    pub(super) async fn verify(&self, hash: Option<PasswordHash>, password: &str) -> bool {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let password = if password.len() > PASSWORD_BYTES_MAX { "" } else { password }.to_owned();
        self.busy(move || verify_now(&hash, &password)).await && known
    }

    /// Runs work that takes long off the threads that serve, when it is its turn.
    async fn busy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = self.turn.clone().acquire_owned().await;
        let turn = turn.expect("nobody closes the semaphore");
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.expect("hashing does not panic and is not cancelled")
    }
}

impl PasswordHash {
    pub(super) fn from_stored(text: &str) -> PasswordHash {
        PasswordHash(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn hash_now(params: &Params, password: &str) -> Result<PasswordHash, AccessError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hash: phc::PasswordHash =
        argon2.hash_password(password.as_bytes()).map_err(AccessError::Hash)?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify_now(hash: &PasswordHash, password: &str) -> bool {
    // A stored hash that cannot be read opens no door.
    phc::PasswordHash::new(&hash.0)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
