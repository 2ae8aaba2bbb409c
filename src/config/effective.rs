//! What holds in the end: flags and environment, then the file, then defaults.
//!
//! Owns the order in which settings win, and remembers where each came from. Paths in a file are
//! made absolute here. Does not own reading the file.

use std::path::{Path, PathBuf};

use super::{Allow, Config, FailOn, Size};

/// Name of the baseline that is found without being named.
pub const BASELINE: &str = "outgate-baseline.json";
/// Files and objects larger than this are skipped unless something else is said.
const MAX_FILE_SIZE: Size = Size(64 << 20);

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File,
    /// A flag or a variable of the environment.
    Flag,
    /// A file that lies where it is looked for.
    Found,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// What holds.
    pub value: T,
    /// Who said so.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// The first that is there: flag, file, default.
    fn first(flag: Option<T>, file: Option<T>, default: T) -> Self {
        let (value, origin) = match (flag, file) {
            (Some(value), _) => (value, Origin::Flag),
            (None, Some(value)) => (value, Origin::File),
            (None, None) => (default, Origin::Default),
        };
        Self { value, origin }
    }

    /// A list of the file, to which flags add.
    fn list(flag: Vec<T>, file: Vec<T>) -> Setting<Vec<T>> {
        let origin = match (flag.is_empty(), file.is_empty()) {
            (false, _) => Origin::Flag,
            (true, false) => Origin::File,
            (true, true) => Origin::Default,
        };
        let value = file.into_iter().chain(flag).collect();
        Setting { value, origin }
    }
}

/// What flags and the environment say.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Least verdict that makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// Size limit.
    pub max_file_size: Option<Size>,
    /// The baseline.
    pub baseline: Option<PathBuf>,
    /// Files and folders of detectors.
    pub detectors: Vec<PathBuf>,
}

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct Effective {
    /// Paths to leave out.
    pub exclude: Setting<Vec<String>>,
    /// Least verdict that makes the exit code 1.
    pub fail_on: Setting<FailOn>,
    /// Size limit.
    pub max_file_size: Setting<Size>,
    /// The baseline.
    pub baseline: Setting<Option<PathBuf>>,
    /// Ids of detectors that are switched off.
    pub off: Setting<Vec<String>>,
    /// Files and folders of detectors.
    pub detectors: Setting<Vec<PathBuf>>,
    /// Findings that are accepted.
    pub allow: Setting<Vec<Allow>>,
}

impl Effective {
    /// Merges what flags and a configuration file say. `root` is the folder that the paths of the
    /// file are relative to, and in which a baseline is looked for; without one, for none.
    pub fn merge(overrides: Overrides, config: Config, root: Option<&Path>) -> Self {
        let below = |path: PathBuf| root.map_or_else(|| path.clone(), |root| root.join(&path));
        let paths = config.detectors.paths.into_iter().map(below).collect();
        Self {
            exclude: Setting::list(Vec::new(), config.exclude),
            fail_on: Setting::first(overrides.fail_on, config.fail_on, FailOn::Possible),
            max_file_size: Setting::first(
                overrides.max_file_size,
                config.max_file_size,
                MAX_FILE_SIZE,
            ),
            baseline: find_baseline(overrides.baseline, config.baseline.map(below), root),
            off: Setting::list(Vec::new(), config.detectors.off),
            detectors: Setting::list(overrides.detectors, paths),
            allow: Setting::list(Vec::new(), config.allow),
        }
    }

    /// The same, with paths of the file relative to its own folder; for one that lies outside of
    /// what is scanned.
    #[must_use]
    pub fn below(mut self, folder: Option<&Path>) -> Self {
        let Some(folder) = folder else {
            return self;
        };
        if self.baseline.origin == Origin::File {
            self.baseline.value = self.baseline.value.map(|path| folder.join(path));
        }
        if self.detectors.origin == Origin::File {
            for path in &mut self.detectors.value {
                *path = folder.join(&*path);
            }
        }
        self
    }
}

fn find_baseline(
    flag: Option<PathBuf>,
    file: Option<PathBuf>,
    root: Option<&Path>,
) -> Setting<Option<PathBuf>> {
    let mut baseline = Setting::first(flag.map(Some), file.map(Some), None);
    let found = root.map(|root| root.join(BASELINE));
    if baseline.value.is_none()
        && let Some(found) = found.filter(|path| path.is_file())
    {
        baseline.value = Some(found);
        baseline.origin = Origin::Found;
    }
    baseline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_that_over_defaults() {
        let config = Config {
            fail_on: Some(FailOn::Likely),
            ..Config::default()
        };
        let merged = Effective::merge(Overrides::default(), config.clone(), None);
        assert_eq!(merged.fail_on.value, FailOn::Likely);
        assert_eq!(merged.fail_on.origin, Origin::File);
        assert_eq!(merged.max_file_size.origin, Origin::Default);
        let overrides = Overrides {
            fail_on: Some(FailOn::Never),
            ..Overrides::default()
        };
        let merged = Effective::merge(overrides, config, None);
        assert_eq!(merged.fail_on.value, FailOn::Never);
        assert_eq!(merged.fail_on.origin, Origin::Flag);
    }

    #[test]
    fn a_baseline_is_named_or_found() {
        let folder = tempfile::tempdir().unwrap();
        let merge =
            |config| Effective::merge(Overrides::default(), config, Some(folder.path())).baseline;
        assert_eq!(merge(Config::default()).value, None);
        std::fs::write(folder.path().join(BASELINE), "{}").unwrap();
        let found = merge(Config::default());
        assert_eq!(found.value, Some(folder.path().join(BASELINE)));
        assert_eq!(found.origin, Origin::Found);
        let named = merge(Config {
            baseline: Some("known.json".into()),
            ..Config::default()
        });
        assert_eq!(named.value, Some(folder.path().join("known.json")));
        assert_eq!(named.origin, Origin::File);
    }
}
