//! From flags and files to the rules of a run.
//!
//! Owns which configuration is read for a scan and whether it is trusted. Does not own the order in
//! which settings win (`config`) or what rules hide (`pipeline`).

use std::path::{Path, PathBuf};

use super::Error;
use super::args::ConfigArgs;
use crate::baseline::Baseline;
use crate::config::{self, Config, Effective, Overrides};
use crate::pipeline::{Obedience, Rules};
use crate::report::Notice;
use crate::walker::Repository;

/// What holds for a scan.
pub(super) struct Configuration {
    /// The file that is obeyed.
    pub(super) file: Option<PathBuf>,
    /// What holds.
    pub(super) effective: Effective,
    /// A file of the scanned repository that is not obeyed, and what would hold by it.
    distrusted: Option<(PathBuf, Effective)>,
}

/// What hides findings, and what is not let to.
pub(super) struct Hiding {
    pub(super) obeyed: Rules,
    pub(super) audited: Rules,
    pub(super) comments: Obedience,
    pub(super) notices: Vec<Notice>,
}

impl Configuration {
    /// Reads the configuration for a scan of `start`: the named file, else the nearest one above.
    pub(super) fn load(args: &ConfigArgs, start: &Path) -> Result<Self, Error> {
        let start = if start == Path::new("-") {
            Path::new(".")
        } else {
            start
        };
        let start = start.canonicalize().ok();
        let repository = start.as_deref().and_then(root_of);
        let root = repository.clone().or_else(|| folder_of(start.as_deref()?));
        if args.untrusted {
            refuse_inside("--config", args.config.as_deref(), root.as_deref())?;
            refuse_inside("--baseline", args.baseline.as_deref(), root.as_deref())?;
        }
        let found = match (&args.config, &start) {
            (None, Some(start)) if !args.isolated => config::discover(start, repository.as_deref()),
            _ => None,
        };
        let overrides = Overrides {
            fail_on: args.fail_on,
            max_file_size: args.max_file_size,
            baseline: args.baseline.clone(),
            detectors: args.detectors.clone(),
        };
        let root = root.filter(|_| !args.isolated);
        if !args.untrusted {
            let file = args.config.clone().or(found);
            let config = file
                .as_deref()
                .map_or(Ok(Config::default()), config::read)?;
            let effective = Effective::merge(overrides, config, root.as_deref());
            return Ok(Self {
                file,
                effective,
                distrusted: None,
            });
        }
        let config = args
            .config
            .as_deref()
            .map_or(Ok(Config::default()), config::read)?;
        let folder = args.config.as_deref().and_then(Path::parent);
        let effective = Effective::merge(overrides, config, None).below(folder);
        Ok(Self {
            file: args.config.clone(),
            effective,
            distrusted: root.map(|root| distrust(found, &root)),
        })
    }

    /// Takes the baseline out, so that it hides nothing, and gives the file it is or is to be in.
    pub(super) fn take_baseline(&mut self, start: &Path) -> PathBuf {
        self.effective.baseline.value.take().unwrap_or_else(|| {
            let start = start.canonicalize().ok();
            let root = start.as_deref().and_then(root_of);
            let root = root.or_else(|| folder_of(start.as_deref()?));
            root.unwrap_or_default().join(config::BASELINE)
        })
    }

    /// What hides findings by it.
    pub(super) fn hiding(&self, args: &ConfigArgs) -> Result<Hiding, Error> {
        let baseline = self.effective.baseline.value.as_deref();
        let mut hiding = Hiding {
            obeyed: Rules {
                allow: self.effective.allow.value.clone(),
                baseline: baseline.map(Baseline::read).transpose()?,
                ..Rules::default()
            },
            audited: Rules::default(),
            comments: Obedience::Obey,
            notices: Vec::new(),
        };
        if let Some((file, effective)) = &self.distrusted {
            hiding.comments = Obedience::Audit;
            hiding.notices.extend(say_distrust(file, effective));
            hiding.audited = Rules {
                allow: effective.allow.value.clone(),
                // One that cannot be read hides nothing.
                baseline: effective
                    .baseline
                    .value
                    .as_deref()
                    .and_then(|path| Baseline::read(path).ok()),
                exclude: effective.exclude.value.clone(),
                off: effective.off.value.clone(),
            };
        }
        if args.no_ignores {
            hiding.comments = Obedience::Audit;
            let Rules {
                allow, baseline, ..
            } = std::mem::take(&mut hiding.obeyed);
            hiding.audited.allow.extend(allow);
            hiding.audited.baseline = baseline.or(hiding.audited.baseline);
        }
        Ok(hiding)
    }
}

/// The root of the repository that holds a path.
pub(super) fn root_of(path: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(path).ok().flatten()?;
    repository.workdir()?.canonicalize().ok()
}

fn folder_of(path: &Path) -> Option<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    Some(folder.to_owned())
}

/// Refuses a file of rules that lies in a repository that is not to be trusted.
fn refuse_inside(flag: &str, path: Option<&Path>, root: Option<&Path>) -> Result<(), Error> {
    let inside = path
        .and_then(|path| path.canonicalize().ok())
        .zip(root)
        .is_some_and(|(path, root)| path.starts_with(root));
    if inside {
        return Err(Error::Usage(format!(
            "`{flag}` names a file of the scanned repository, which `--untrusted` does not obey"
        )));
    }
    Ok(())
}

/// What would hold by the files of a repository that is not trusted. A file that cannot be read
/// hides nothing.
fn distrust(found: Option<PathBuf>, root: &Path) -> (PathBuf, Effective) {
    let config = found.as_deref().and_then(|path| config::read(path).ok());
    let effective = Effective::merge(Overrides::default(), config.unwrap_or_default(), Some(root));
    (found.unwrap_or_default(), effective)
}

/// Lists what is not obeyed.
fn say_distrust(file: &Path, effective: &Effective) -> Vec<Notice> {
    let mut notices = Vec::new();
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.into_owned()
    };
    if !file.as_os_str().is_empty() {
        let mut says = Vec::new();
        let mut count = |what: &str, count: usize| {
            if count > 0 {
                says.push(format!("{what} ({count})"));
            }
        };
        count("exclude", effective.exclude.value.len());
        count("allow", effective.allow.value.len());
        count("detectors.off", effective.off.value.len());
        count("detectors.paths", effective.detectors.value.len());
        let is_set = |origin| origin == config::Origin::File;
        count("fail-on", is_set(effective.fail_on.origin).into());
        count(
            "max-file-size",
            is_set(effective.max_file_size.origin).into(),
        );
        let says = if says.is_empty() {
            String::new()
        } else {
            format!(": {}", says.join(", "))
        };
        notices.push(Notice::not_obeyed(format!(
            "`{}` of the scanned repository is not obeyed{says}",
            name(file)
        )));
    }
    if let Some(path) = &effective.baseline.value {
        notices.push(Notice::not_obeyed(format!(
            "the baseline `{}` of the scanned repository is not obeyed",
            name(path)
        )));
    }
    notices
}
