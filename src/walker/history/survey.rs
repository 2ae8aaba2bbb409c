//! The survey: packs, skeleton and graph of a repository, read once for the scan and for the way
//! back from what it found.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::commits::Graph;
use super::inventory::Inventory;
use super::objects::Objects;
use super::pack::Packs;
use super::refs::Tip;
use super::skeleton::Skeleton;
use crate::walker::id::Id;
use crate::walker::{Coverage, Run};

/// What is known of a repository before the first blob is read.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) packs: Arc<Packs>,
    pub(super) skeleton: Skeleton,
    pub(super) graph: Graph,
    /// All objects, where those are wanted that no ref reaches.
    pub(super) inventory: Option<Inventory>,
}

impl Survey {
    /// Reads all commits and trees; what cannot be read below the tips is in the ledger.
    pub(super) fn read(
        packs: Arc<Packs>,
        objects: &Objects,
        tips: &[Tip],
        cut: &BTreeSet<Id>,
        run: Run<'_>,
        coverage: &mut Coverage,
    ) -> Self {
        let mut skeleton = Skeleton::read(&packs, run);
        let graph = Graph::read(
            objects,
            &packs,
            &mut skeleton,
            tips,
            cut,
            run.interrupt,
            coverage,
        );
        Self {
            packs,
            skeleton,
            graph,
            inventory: None,
        }
    }

    /// Adds what no ref reaches.
    pub(super) fn with(
        mut self,
        inventory: Inventory,
        objects: &Objects,
        has_lost_refs: bool,
    ) -> Self {
        let (packs, skeleton) = (&self.packs, &mut self.skeleton);
        self.graph
            .add_unreached(objects, packs, skeleton, &inventory);
        if has_lost_refs {
            self.graph.reached = self.graph.commits.len();
        }
        self.inventory = Some(inventory);
        self.without_rest()
    }

    /// Leaves it at what refs reach.
    pub(super) fn without_rest(mut self) -> Self {
        self.skeleton.drop_commits();
        self
    }
}
