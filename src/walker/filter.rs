//! The filter: paths the user leaves out, in gitignore syntax.
//!
//! Owns `exclude` patterns, relative to one root whichever folder below it is scanned. Does not
//! own git's own ignore files (`ignored`).

use std::borrow::Cow;
use std::sync::Arc;

use gix_ignore::Search;
use gix_ignore::glob::pattern::Case;
use gix_ignore::search::Ignore;

use super::Error;

/// Paths to leave out.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    search: Arc<Search>,
    /// The folder that paths are relative to, itself relative to the root of the patterns;
    /// empty for that root.
    prefix: String,
    /// Whether that folder is left out, and so all below it.
    is_prefix_out: bool,
}

impl Filter {
    /// Reads patterns in gitignore syntax; later ones win, `!` takes a path back in.
    ///
    /// # Errors
    /// When a pattern is empty or only a comment.
    pub fn new(patterns: &[String]) -> Result<Self, Error> {
        let parse = Ignore::default();
        let is_bad = |pattern: &&String| {
            gix_ignore::parse(pattern.as_bytes(), parse.support_precious)
                .next()
                .is_none()
        };
        if let Some(pattern) = patterns.iter().find(is_bad) {
            return Err(Error::BadPattern {
                pattern: pattern.clone(),
            });
        }
        Ok(Self {
            search: Arc::new(Search::from_overrides(patterns, parse)),
            ..Self::default()
        })
    }

    /// The same patterns, asked about paths relative to the folder `prefix`, which is relative
    /// to the folder of this filter and written with `/` between parts; empty for that folder.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        if prefix.is_empty() || prefix == "." {
            return self.clone();
        }
        Self {
            search: Arc::clone(&self.search),
            prefix: self.locate(prefix).into_owned(),
            is_prefix_out: self.is_prefix_out || self.excludes(prefix, true),
        }
    }

    /// Leaves nothing out.
    pub fn none() -> Self {
        Self::default()
    }

    /// Says whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.search
            .patterns
            .iter()
            .all(|list| list.patterns.is_empty())
    }

    /// Says whether `path`, or a folder it lies in, is left out.
    pub fn excludes(&self, path: &str, is_dir: bool) -> bool {
        if self.is_empty() {
            return false;
        }
        let path = self.locate(path);
        path.match_indices('/')
            .any(|(end, _)| self.finds(&path[..end], true))
            || self.finds(&path, is_dir)
    }

    /// Says whether `path` itself is left out; for walks that have asked for each folder above.
    pub(super) fn matches(&self, path: &str, is_dir: bool) -> bool {
        let is_below = !path.starts_with("../") && !path.starts_with('/');
        (self.is_prefix_out && is_below) || self.finds(&self.locate(path), is_dir)
    }

    /// The path relative to the root of the patterns. One that leads out of that root, and one
    /// that is absolute, stays as far as it is known.
    fn locate<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.prefix.is_empty() || path.starts_with('/') {
            return Cow::Borrowed(path);
        }
        let (mut above, mut path) = (self.prefix.as_str(), path);
        while !above.is_empty()
            && let Some(rest) = path.strip_prefix("../")
        {
            above = above.rsplit_once('/').map_or("", |(above, _)| above);
            path = rest;
        }
        match (above, path) {
            ("", path) => Cow::Borrowed(path),
            (above, ".") => Cow::Owned(above.to_owned()),
            (above, path) => Cow::Owned(format!("{above}/{path}")),
        }
    }

    /// Says whether the patterns leave out `path`, relative to their root, by itself.
    fn finds(&self, path: &str, is_dir: bool) -> bool {
        self.search
            .pattern_matching_relative_path(path.into(), Some(is_dir), Case::Sensitive)
            .is_some_and(|found| !found.pattern.is_negative())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(patterns: &[&str]) -> Filter {
        Filter::new(&patterns.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_folder_takes_its_content_with_it() {
        let filter = filter(&["vendor/", "!vendor/keep"]);
        assert!(filter.excludes("a/vendor", true));
        assert!(filter.excludes("vendor/keep", false));
        assert!(!filter.excludes("vendor", false));
    }

    #[test]
    fn anchors_globs_and_negation_hold() {
        let filter = filter(&["/a.txt", "*.lock", "!keep.lock", "docs/**/x"]);
        assert!(filter.excludes("a.txt", false));
        assert!(!filter.excludes("b/a.txt", false));
        assert!(filter.excludes("b/c.lock", false));
        assert!(!filter.excludes("b/keep.lock", false));
        assert!(filter.excludes("docs/1/2/x", false));
    }

    #[test]
    fn below_a_folder_patterns_keep_their_root() {
        let filter = filter(&["sub/vendor/", "/a.txt", "*.lock", "out/"]).below("sub");
        assert!(filter.excludes("vendor/x", false) && filter.matches("vendor", true));
        assert!(filter.excludes("b.lock", false) && !filter.excludes("a.txt", false));
        assert!(filter.excludes("../a.txt", false) && !filter.excludes(".", true));
        assert!(filter.below(".").matches("vendor", true));
        let out = filter.below("out").below("deep");
        assert!(out.matches("x", false) && out.excludes("x", false) && out.excludes(".", true));
        assert!(!out.matches("../../x", false));
        assert!(filter.below("vendor").matches("x", false));
    }

    #[test]
    fn empty_patterns_are_refused() {
        for pattern in ["", "# words", "  "] {
            assert!(matches!(
                Filter::new(&[pattern.to_owned()]),
                Err(Error::BadPattern { .. })
            ));
        }
        assert!(!Filter::none().excludes("a", false));
    }
}
