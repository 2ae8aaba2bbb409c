//! The finder of builds with Hyperscan: portable for small inputs, Hyperscan beyond.
//!
//! Owns when the database is loaded and what happens where it cannot be. Does not own either
//! search.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::hyperscan::{Database, Scratch, version};
use super::portable::Portable;
use super::targets::Targets;
use super::{Choice, Find as _, Hit, Options, cache};

/// Inputs up to this many bytes are searched with the portable finder, whose start-up takes few
/// milliseconds; beyond it Hyperscan's database is worth loading.
const SMALL_INPUT: u64 = 1 << 20;

/// Finds probes; shared by all threads.
#[derive(Debug)]
pub(super) struct Finder {
    shared: Arc<Shared>,
    portable: OnceLock<Portable>,
    searched: AtomicU64,
}

#[derive(Debug)]
struct Shared {
    targets: Targets,
    digest: [u8; 32],
    options: Options,
    database: OnceLock<Option<Database>>,
}

/// What one thread needs to search.
#[derive(Debug, Default)]
pub(super) struct Working {
    scratch: Option<Scratch>,
}

impl Finder {
    /// A finder for these targets, compiled from detectors with this digest.
    pub(super) fn new(targets: Targets, digest: &[u8; 32], options: &Options) -> Self {
        let shared = Shared {
            targets,
            digest: *digest,
            options: options.clone(),
            database: OnceLock::new(),
        };
        Self {
            shared: Arc::new(shared),
            portable: OnceLock::new(),
            searched: AtomicU64::new(0),
        }
    }

    /// What is looked for.
    pub(super) fn targets(&self) -> &Targets {
        &self.shared.targets
    }

    /// Appends every place where a probe stands.
    pub(super) fn find(&self, bytes: &[u8], working: &mut Working, hits: &mut Vec<Hit>) {
        let targets = &self.shared.targets;
        if let Some(database) = self.database(bytes.len()) {
            if database.find(targets, bytes, &mut working.scratch, hits) {
                return;
            }
            // Out of memory or an input over 4 GiB: the portable finder has no such limits.
            hits.clear();
        }
        let portable = self.portable.get_or_init(|| Portable::new(targets));
        portable.find(targets, bytes, &mut (), hits);
    }

    /// The database, if it is ready. Counts bytes and starts loading when they pass the limit.
    fn database(&self, bytes: usize) -> Option<&Database> {
        let shared = &self.shared;
        match shared.options.choice {
            Choice::Portable => return None,
            Choice::Hyperscan => shared.load(),
            Choice::Auto => {
                let before = self.searched.fetch_add(bytes as u64, Ordering::Relaxed);
                if before < SMALL_INPUT && before + bytes as u64 >= SMALL_INPUT {
                    let shared = Arc::clone(shared);
                    std::thread::spawn(move || shared.load());
                }
            }
        }
        shared.database.get().and_then(Option::as_ref)
    }
}

impl Shared {
    /// Loads the database from the cache or compiles it, once; slow, so best done aside.
    fn load(&self) {
        self.database.get_or_init(|| {
            let entry = |folder| cache::Entry::new(folder, &self.digest, version());
            let cache = self.options.cache.as_deref().map(entry);
            let cached = cache.as_ref().and_then(cache::Entry::read);
            if let Some(database) = cached.and_then(|bytes| Database::deserialize(&bytes)) {
                return Some(database);
            }
            let database = Database::compile(&self.targets)?;
            if let (Some(entry), Some(bytes)) = (cache, database.serialize()) {
                entry.write(&bytes);
            }
            Some(database)
        });
    }
}
