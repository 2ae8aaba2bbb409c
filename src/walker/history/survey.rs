//! The survey: packs, skeleton and graph of a repository, read once for the scan and for the way
//! back from what it found.

use std::collections::BTreeSet;
use std::path::Path;

use super::commits::Graph;
use super::objects::Objects;
use super::pack::Packs;
use super::refs::Tip;
use super::skeleton::Skeleton;
use crate::walker::id::Id;
use crate::walker::{Coverage, Run};

/// What is known of a repository before the first blob is read.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) packs: Packs,
    pub(super) skeleton: Skeleton,
    pub(super) graph: Graph,
}

impl Survey {
    /// Reads all commits and trees; what cannot be read below the tips is in the ledger.
    pub(super) fn read(
        common_dir: &Path,
        objects: &Objects,
        tips: &[Tip],
        cut: &BTreeSet<Id>,
        run: Run<'_>,
        coverage: &mut Coverage,
    ) -> Self {
        let packs = Packs::open(common_dir, objects.format);
        let skeleton = Skeleton::read(&packs, run);
        let graph = Graph::read(
            objects,
            &packs,
            &skeleton,
            tips,
            cut,
            run.interrupt,
            coverage,
        );
        Self {
            packs,
            skeleton,
            graph,
        }
    }
}
