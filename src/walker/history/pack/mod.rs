//! Packs: every object of a kind in one pass over the delta forest of its pack.
//!
//! Reading objects one by one decodes the chain of deltas before each of them again and again.
//! Here each chain is walked once, depth first, and every object is handed over while its bytes
//! are hot. Owns the pack format (gitformat-pack); a pack is hostile input, and an entry that
//! does not decode is passed over with all that builds on it: whoever asked for it looks
//! elsewhere. Does not own which objects are wanted.

mod bytes;
mod delta;
mod forest;
#[cfg(fuzzing)]
pub mod fuzzing;
mod index;
mod near;
mod stream;
mod walk;

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::folders::object_folders;
use crate::walker::id::{Format, Id};
use crate::walker::mapping::map;
use bytes::Bytes;
use forest::Forest;
pub(super) use forest::Kind;
use index::{Index, Starts};
pub(super) use stream::Lost;
pub(super) use walk::{Decoder, Version};

/// The packs of a repository. Their objects are numbered through: those of one pack follow each
/// other in the order of its index.
#[derive(Debug, Default)]
pub(super) struct Packs {
    all: Vec<Pack>,
    format: Format,
}

/// One pack with its index.
#[derive(Debug)]
pub(super) struct Pack {
    data: Bytes,
    index: Bytes,
    starts: Starts,
    /// The file, without its extension.
    path: PathBuf,
    forest: Forest,
    format: Format,
    /// The number of its first object.
    first: u32,
}

/// An object that is no delta: where a tree of deltas begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root<'a> {
    pack: &'a Pack,
    entry: u32,
}

impl Packs {
    /// Opens the packs below the `objects` folder of a repository and of its alternates. A pack
    /// that cannot be read this way is left out.
    pub(super) fn open(common_dir: &Path, format: Format) -> Self {
        let mut all = Vec::new();
        for folder in object_folders(common_dir) {
            let mut indexes = list_indexes(&folder.join("pack"));
            indexes.sort();
            for path in indexes {
                let first = all.last().map_or(0, Pack::end);
                all.extend(Pack::open(&path, format, first));
            }
        }
        Self { all, format }
    }

    /// The one pack of a stream that has no index (`stream`), as far as it unfolds to `most` bytes.
    pub(super) fn of_stream(
        data: Vec<u8>,
        format: Format,
        most: u64,
    ) -> Option<(Self, Option<Lost>)> {
        let (pack, fault) = stream::read(data, format, most)?;
        let all = vec![pack];
        Some((Self { all, format }, fault))
    }

    /// The files of the packs that could be opened, without their extensions; but for those that
    /// hold more objects than their index says.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let whole = self.all.iter().filter(|pack| pack.is_whole());
        whole.map(|pack| pack.path.as_path())
    }

    /// The kinds of all objects by number; none for one whose base lies elsewhere, and for one that
    /// an earlier pack holds, too.
    pub(super) fn kinds(&self) -> Vec<Option<Kind>> {
        let mut kinds = Vec::with_capacity(self.count());
        for (at, pack) in self.all.iter().enumerate() {
            let first = kinds.len() as u32;
            kinds.extend(pack.forest.kinds());
            if at > 0 {
                for number in first..kinds.len() as u32 {
                    if !self.is_first(number) {
                        kinds[number as usize] = None;
                    }
                }
            }
        }
        kinds
    }

    /// Says whether no earlier pack holds the object.
    pub(super) fn is_first(&self, number: u32) -> bool {
        self.all.len() == 1 || self.id(number).and_then(|id| self.find(id)) == Some(number)
    }

    /// Which hash makes the ids.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// How many objects there are; one that lies in several packs counts in each.
    pub(super) fn count(&self) -> usize {
        self.all.last().map_or(0, Pack::end) as usize
    }

    /// The number of an object, in the first pack that holds it.
    pub(super) fn find(&self, id: Id) -> Option<u32> {
        self.all.iter().find_map(|pack| {
            let place = pack.find(id)?;
            Some(pack.first + place as u32)
        })
    }

    /// The numbers of many objects: faster than to find one after another.
    pub(super) fn find_all(&self, ids: &[Id]) -> Vec<Option<u32>> {
        let mut numbers = vec![None; ids.len()];
        for pack in &self.all {
            let Some(index) = pack.index() else {
                continue;
            };
            index.find_all(ids, |at, place| {
                numbers[at] = numbers[at].or(Some(pack.first + place as u32));
            });
        }
        numbers
    }

    /// Refuses an object that libgit2 is not to be asked for: on a kind that there is not, its
    /// binding panics.
    pub(super) fn check(&self, id: Id) -> Result<(), Fault> {
        let is_sound = self.all.iter().all(|pack| {
            let place = pack.index().zip(pack.find(id));
            place.is_none_or(|(index, place)| pack.forest.is_sound(&pack.data, index, place))
        });
        if is_sound {
            Ok(())
        } else {
            Err(Fault::Corrupt("damaged in its pack".to_owned()))
        }
    }

    /// Reads one object, without libgit2.
    pub(super) fn read(&self, id: Id) -> Option<(Kind, Vec<u8>)> {
        self.all.iter().find_map(|pack| {
            let place = pack.find(id)?;
            Decoder::new().read(pack, place)
        })
    }

    /// The id of an object.
    pub(super) fn id(&self, number: u32) -> Option<Id> {
        let after = self.all.partition_point(|pack| pack.first <= number);
        let pack = self.all.get(after.checked_sub(1)?)?;
        Id::read(pack.index()?.id((number - pack.first) as usize)?)
    }

    /// The objects of a kind where trees of deltas begin, in pack order.
    pub(super) fn roots(&self, kind: Kind) -> Vec<Root<'_>> {
        let roots = self.all.iter().flat_map(|pack| {
            let entries = pack.forest.roots(kind);
            entries.map(move |entry| Root { pack, entry })
        });
        roots.collect()
    }
}

impl Pack {
    fn open(index_path: &Path, format: Format, first: u32) -> Option<Self> {
        let index = Bytes::Mapped(map(index_path)?);
        let data = Bytes::Mapped(map(&index_path.with_extension("pack"))?);
        Self::new(data, index, index_path.with_extension(""), format, first)
    }

    fn new(data: Bytes, index: Bytes, path: PathBuf, format: Format, first: u32) -> Option<Self> {
        let parsed = Index::parse(&index, format)?;
        let starts = Starts::of(parsed);
        let forest = Forest::grow(&data, parsed.with(&starts))?;
        first.checked_add(u32::try_from(forest.count()).ok()?)?;
        Some(Self {
            data,
            index,
            starts,
            path,
            forest,
            format,
            first,
        })
    }

    /// Says whether the index has as many objects as the pack counts in its header.
    fn is_whole(&self) -> bool {
        let count = self.data.get(8..12).and_then(|bytes| bytes.first_chunk());
        count.is_some_and(|count| u32::from_be_bytes(*count) as usize == self.forest.count())
    }

    fn index(&self) -> Option<Index<'_>> {
        Some(Index::parse(&self.index, self.format)?.with(&self.starts))
    }

    /// The place of an object in the index.
    fn find(&self, id: Id) -> Option<usize> {
        self.index()?.find(id.as_bytes())
    }

    /// The number after that of its last object.
    fn end(&self) -> u32 {
        self.first + self.forest.count() as u32
    }

    /// The number of an entry.
    fn number(&self, entry: u32) -> Option<u32> {
        Some(self.first + self.forest.place(entry)? as u32)
    }
}

/// Finds an index that leads beyond its pack: libgit2 1.9 follows it out of the file, and the
/// process dies.
pub(super) fn find_damaged_index(common_dir: &Path, format: Format) -> Option<PathBuf> {
    let folders = object_folders(common_dir);
    let indexes = folders
        .iter()
        .flat_map(|folder| list_indexes(&folder.join("pack")));
    let mut damaged: Vec<PathBuf> = indexes.filter(|path| is_damaged(path, format)).collect();
    damaged.sort();
    damaged.into_iter().next()
}

fn is_damaged(index_path: &Path, format: Format) -> bool {
    // What cannot be opened or has another form, libgit2 refuses by itself.
    let pack = std::fs::metadata(index_path.with_extension("pack"));
    let (Some(bytes), Ok(pack)) = (map(index_path), pack) else {
        return false;
    };
    let end = pack.len().saturating_sub(format.length() as u64);
    index::leads_beyond(&bytes, format, end)
}

fn list_indexes(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use git2::{ObjectFormat, ObjectType, Oid};
    use proptest::prelude::*;

    use super::*;
    use crate::walker::fixture::Fixture;

    /// A repository whose files grow and shrink over many commits, in one pack. `by_offset`
    /// says how deltas name their bases.
    fn packed(format: Format, by_offset: bool) -> Fixture {
        let fixture = Fixture::with_format(format);
        let mut lines: Vec<String> = (0..400).map(|line| format!("line {line}\n")).collect();
        for version in 0..30 {
            lines[version * 10] = format!("changed in {version}\n");
            lines.truncate(400 - version * 3);
            fixture.write("a.txt", lines.concat());
            fixture.write("sub/b.txt", lines[version..].concat());
            fixture.commit("version");
        }
        let value = by_offset.to_string();
        fixture.git(&["config", "repack.useDeltaBaseOffset", &value]);
        fixture.git(&["repack", "-adfq", "--depth=20", "--window=30"]);
        fixture
    }

    /// All blobs the walk hands over, by id.
    fn walk(packs: &Packs) -> BTreeMap<Id, Vec<u8>> {
        let mut decoder = Decoder::new();
        let mut found = BTreeMap::new();
        for root in packs.roots(Kind::Blob) {
            decoder.walk(root, |version| {
                let id = packs.id(version.number).unwrap();
                found.insert(id, version.bytes.to_vec());
            });
        }
        found
    }

    fn list_blobs(fixture: &Fixture) -> Vec<String> {
        let format = "--batch-check=%(objecttype) %(objectname)";
        let all = fixture.git(&["cat-file", "--batch-all-objects", format]);
        let blobs = all.lines().filter_map(|line| line.strip_prefix("blob "));
        blobs.map(str::to_owned).collect()
    }

    #[test]
    fn every_blob_is_decoded_whole() {
        let formats = [
            (Format::Sha1, ObjectFormat::Sha1),
            (Format::Sha256, ObjectFormat::Sha256),
        ];
        for (format, hash) in formats {
            for by_offset in [true, false] {
                let fixture = packed(format, by_offset);
                let packs = Packs::open(&fixture.path().join(".git"), format);
                let found = walk(&packs);
                let ids: Vec<String> = found.keys().map(ToString::to_string).collect();
                assert_eq!(ids, list_blobs(&fixture), "by offset: {by_offset}");
                for (id, bytes) in &found {
                    let own = Oid::hash_object_ext(ObjectType::Blob, bytes, hash).unwrap();
                    assert_eq!(Id::from(own), *id);
                }
                let roots = packs.roots(Kind::Blob).len();
                assert!(roots * 5 < found.len(), "few deltas: {roots} roots");
            }
        }
    }

    #[test]
    fn alternates_are_followed() {
        let fixture = packed(Format::Sha1, true);
        let borrower = tempfile::tempdir().unwrap();
        let info = borrower.path().join("objects/info");
        std::fs::create_dir_all(&info).unwrap();
        let objects = fixture.path().join(".git/objects");
        std::fs::write(info.join("alternates"), format!("{}\n", objects.display())).unwrap();
        assert_eq!(
            walk(&Packs::open(borrower.path(), Format::Sha1)).len(),
            list_blobs(&fixture).len()
        );
    }

    /// A sound index and its pack, of either format.
    static SHORT: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| read_packed(Format::Sha1));
    static LONG: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| read_packed(Format::Sha256));

    fn read_packed(format: Format) -> (Vec<u8>, Vec<u8>) {
        let fixture = packed(format, true);
        let index = list_indexes(&fixture.path().join(".git/objects/pack")).remove(0);
        let pack = std::fs::read(index.with_extension("pack")).unwrap();
        (std::fs::read(index).unwrap(), pack)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_pack_loses_objects_and_nothing_else(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            in_index in any::<bool>(),
            cut in 0..400_usize,
            format in prop::sample::select(vec![Format::Sha1, Format::Sha256]),
        ) {
            let sound = match format {
                Format::Sha1 => &*SHORT,
                Format::Sha256 => &*LONG,
            };
            let (mut index, mut pack) = sound.clone();
            let damaged = if in_index { &mut index } else { &mut pack };
            for (place, byte) in flips {
                let at = place.index(damaged.len());
                damaged[at] ^= byte;
            }
            damaged.truncate(damaged.len() - cut);
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join("objects/pack");
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("pack-x.idx"), &index).unwrap();
            std::fs::write(place.join("pack-x.pack"), &pack).unwrap();
            // Two files in 30 versions; damage may lose some, and makes no others of them.
            prop_assert!(walk(&Packs::open(folder.path(), format)).len() <= 60);
        }
    }
}
