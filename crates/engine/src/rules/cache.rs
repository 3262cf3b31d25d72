//! Keeps the compiled rules in memory as long as their version stands.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Rules, RulesError, SharedRules, load, newest_version};
use crate::db::{Db, Reader};

/// Compiled rules, loaded again when `rules_version` has grown.
#[derive(Debug, Default)]
pub struct RulesCache(Mutex<Option<SharedRules>>);

impl RulesCache {
    /// The rules as this reader sees them.
    pub async fn get(&self, reader: &mut Reader) -> Result<Arc<Rules>, RulesError> {
        let version = newest_version(reader).await?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(rules) = kept
            && rules.version == version
        {
            return Ok(rules);
        }
        let loaded = Arc::new(load(reader).await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of an older state must not push out what is newer.
        if kept.as_ref().is_none_or(|rules| rules.version < loaded.version) {
            *kept = Some(Arc::clone(&loaded));
        }
        Ok(loaded)
    }

    /// The same with a reader of its own.
    pub async fn current(&self, db: &Db) -> Result<Arc<Rules>, RulesError> {
        self.get(&mut db.read().await?).await
    }
}
