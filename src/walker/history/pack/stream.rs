//! Packs without an index: that of a bundle, and what an interrupted fetch leaves behind.
//!
//! Owns making the index: entries follow each other, and only inflating one tells where the next
//! begins (gitformat-pack). Objects that are whole have their ids at once, deltas once their bases
//! are known. Does not own the walk over what it makes.

use flate2::{Decompress, FlushDecompress, Status};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::delta::read_size;
use super::forest::Kind;
use super::index::{Entry, write};
use super::{Bytes, Decoder, Pack, Root};
use crate::walker::id::{Format, Id};

/// Bytes before the first entry of a pack.
const HEADER: usize = 12;
/// An object larger than this many bytes ends the reading.
const LARGEST: u64 = 1 << 30;
/// Deflate makes at most so many bytes of one.
const MOST_OF_ONE: u64 = 1_032;
/// All objects together are inflated to this many bytes at the most.
const MOST_INFLATED: u64 = 1 << 35;
/// Deltas that name their bases by id may wait for other deltas; this many times at the most.
const ROUNDS: usize = 64;
/// All rounds together decode this many times what may be inflated.
const ROUNDS_WORTH: u64 = 4;

/// What of a pack was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::walker::history) struct Lost {
    pub(in crate::walker::history) words: String,
    /// Whether it is no damage: it unfolds to more than it may.
    pub(in crate::walker::history) is_limit: bool,
}

/// Reads a pack from its first byte on, which may unfold to `most` bytes; with what could not be
/// read. Nothing when it is no pack.
pub(super) fn read(mut data: Vec<u8>, format: Format, most: u64) -> Option<(Pack, Option<Lost>)> {
    let header = data.get(..HEADER)?;
    let count = u32::from_be_bytes(header.get(8..)?.try_into().ok()?);
    if !data.starts_with(b"PACK") || !matches!(header[7], 2 | 3) {
        return None;
    }
    let most = most.min(MOST_INFLATED);
    let (mut entries, end, is_limit) = list_entries(&data, count, format, most);
    let read = entries.len();
    let mut decoder = Decoder::with_limit(most.saturating_mul(ROUNDS_WORTH));
    // What the walk takes for the checksum at the end.
    data.truncate(end);
    data.resize(end + format.length(), 0);
    let mut unnamed = usize::MAX;
    let mut data = Bytes::Held(data);
    for _ in 0..ROUNDS {
        entries.sort_unstable();
        let index = Bytes::Held(write(&entries, format));
        let pack = Pack::new(data, index, "stream".into(), format, 0)?;
        let waiting = name_deltas(&pack, &mut entries, format, &mut decoder);
        if waiting == 0 || waiting == unnamed {
            // Ids change places with the last round.
            entries.sort_unstable();
            let index = Bytes::Held(write(&entries, format));
            let pack = Pack::new(pack.data, index, pack.path, format, 0)?;
            let kinds = pack.forest.kinds();
            let lost = kinds.iter().filter(|kind| kind.is_none()).count();
            let words = describe(count as usize, read, lost.max(waiting));
            let is_limit = is_limit || decoder.is_spent;
            let fault = words.map(|words| Lost { words, is_limit });
            return Some((pack, fault));
        }
        unnamed = waiting;
        data = pack.data;
    }
    None
}

/// Says what of a pack was not read, if anything.
fn describe(count: usize, read: usize, waiting: usize) -> Option<String> {
    let cut = count.saturating_sub(read);
    match (cut, waiting) {
        (0, 0) => None,
        (0, _) => Some(format!(
            "{waiting} of its {count} objects are written upon others that it does not hold"
        )),
        (_, 0) => Some(format!(
            "it is cut: {cut} of its {count} objects are missing"
        )),
        _ => Some(format!(
            "it is cut: {cut} of its {count} objects are missing, and {waiting} are written upon \
             others that it does not hold"
        )),
    }
}

/// Lists the entries up to the first that cannot be read, and says where they end, and whether
/// there are more bytes in them than may be inflated.
fn list_entries(data: &[u8], count: u32, format: Format, most: u64) -> (Vec<Entry>, usize, bool) {
    let mut entries = Vec::new();
    let (mut at, mut left) = (HEADER, most);
    let mut buffer = Vec::new();
    for _ in 0..count {
        let entry = match read_entry(data, at, format, left, &mut buffer) {
            Ok(entry) => entry,
            Err(is_limit) => return (entries, at, is_limit),
        };
        left -= buffer.len() as u64;
        let id = match entry.kind {
            Some(kind) => hash(kind, &buffer, format),
            None => waiting_id(at as u64, format),
        };
        entries.push(Entry {
            id,
            offset: at as u64,
            checksum: crc32fast::hash(&data[at..entry.end]),
            is_named: entry.kind.is_some(),
        });
        at = entry.end;
    }
    (entries, at, false)
}

/// An entry of a pack.
struct Found {
    /// None for a delta.
    kind: Option<Kind>,
    end: usize,
}

/// Reads the entry at an offset, of at most `left` bytes; what it inflates to is left in the buffer.
/// An error says whether there are more.
fn read_entry(
    data: &[u8],
    at: usize,
    format: Format,
    left: u64,
    buffer: &mut Vec<u8>,
) -> Result<Found, bool> {
    let (kind, size, rest) = read_head(data, at, format).ok_or(false)?;
    // A lie about the size is damage.
    if size > left && size / MOST_OF_ONE <= rest.len() as u64 {
        return Err(true);
    }
    let used = inflate(rest, size, buffer).ok_or(false)?;
    let end = data.len() - rest.len() + used;
    Ok(Found { kind, end })
}

/// The kind of an entry, none for a delta, its size, and what follows its head.
fn read_head(data: &[u8], at: usize, format: Format) -> Option<(Option<Kind>, u64, &[u8])> {
    let (&first, mut rest) = data.get(at..)?.split_first()?;
    let mut size = u64::from(first & 0x0f);
    if first & 0x80 != 0 {
        let (high, after) = read_size(rest)?;
        size |= high.checked_mul(16)?;
        rest = after;
    }
    let kind = match first >> 4 & 7 {
        1 => Some(Kind::Commit),
        2 => Some(Kind::Tree),
        3 => Some(Kind::Blob),
        4 => Some(Kind::Tag),
        6 => {
            let length = rest.iter().position(|byte| byte & 0x80 == 0)?;
            rest = rest.get(length + 1..)?;
            None
        }
        7 => {
            rest = rest.get(format.length()..)?;
            None
        }
        _ => return None,
    };
    Some((kind, size, rest))
}

/// Inflates bytes whose inflated size is known, and says how many they were.
fn inflate(bytes: &[u8], size: u64, buffer: &mut Vec<u8>) -> Option<usize> {
    // A larger size is a lie that would cost memory.
    if size > LARGEST || size / MOST_OF_ONE > bytes.len() as u64 {
        return None;
    }
    buffer.clear();
    // One more lets the end of the stream be seen.
    buffer.reserve(usize::try_from(size).ok()? + 1);
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress_vec(bytes, buffer, FlushDecompress::Finish)
        .ok()?;
    (status == Status::StreamEnd && stream.total_out() == size)
        .then(|| usize::try_from(stream.total_in()).ok())?
}

/// Gives the deltas that can be decoded their ids; says how many cannot.
fn name_deltas(pack: &Pack, entries: &mut [Entry], format: Format, decoder: &mut Decoder) -> usize {
    for kind in [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag] {
        for entry in pack.forest.roots(kind) {
            decoder.walk(Root { pack, entry }, |version| {
                if let Some(entry) = entries.get_mut(version.number as usize)
                    && !entry.is_named
                {
                    entry.id = hash(kind, version.bytes, format);
                    entry.is_named = true;
                }
            });
        }
    }
    entries.iter().filter(|entry| !entry.is_named).count()
}

/// The id of an object (gitformat-loose: of its header and bytes).
fn hash(kind: Kind, bytes: &[u8], format: Format) -> Id {
    let header = format!("{} {}\0", kind.as_str(), bytes.len());
    match format {
        Format::Sha1 => {
            let hash = Sha1::new_with_prefix(header).chain_update(bytes);
            Id::Sha1(hash.finalize().into())
        }
        Format::Sha256 => {
            let hash = Sha256::new_with_prefix(header).chain_update(bytes);
            Id::Sha256(hash.finalize().into())
        }
    }
}

/// What stands for the id of a delta that has none yet.
fn waiting_id(offset: u64, format: Format) -> Id {
    let fill = |bytes: &mut [u8]| {
        bytes.fill(0xff);
        bytes[8..16].copy_from_slice(&offset.to_be_bytes());
    };
    match format {
        Format::Sha1 => {
            let mut bytes = [0; 20];
            fill(&mut bytes);
            Id::Sha1(bytes)
        }
        Format::Sha256 => {
            let mut bytes = [0; 32];
            fill(&mut bytes);
            Id::Sha256(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::LazyLock;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::super::Packs;
    use super::*;
    use crate::walker::fixture::Fixture;

    /// A pack with deltas, named by distance or by id.
    fn packed(by_offset: bool) -> (Vec<u8>, Vec<String>) {
        let fixture = Fixture::new();
        for version in 0..12 {
            let lines = (0..90).map(|line| format!("line {line} of {}\n", version.max(line)));
            fixture.write("a.txt", lines.collect::<Vec<_>>().concat());
            fixture.commit("version");
        }
        let value = by_offset.to_string();
        fixture.git(&["config", "repack.useDeltaBaseOffset", &value]);
        fixture.git(&["repack", "-adfq", "--depth=20", "--window=30"]);
        let folder = fixture.path().join(".git/objects/pack");
        let files = std::fs::read_dir(folder).unwrap();
        let mut files = files.map(|file| file.unwrap().path());
        let pack = files.find(|path| path.extension().is_some_and(|end| end == "pack"));
        let all = [
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname)",
        ];
        let ids = fixture.git(&all).lines().map(str::to_owned).collect();
        (std::fs::read(pack.unwrap()).unwrap(), ids)
    }

    fn ids(packs: &Packs) -> Vec<String> {
        let all = 0..packs.count() as u32;
        all.map(|number| packs.id(number).unwrap().to_string())
            .collect()
    }

    #[test]
    fn every_object_gets_its_id() {
        for by_offset in [true, false] {
            let (data, expected) = packed(by_offset);
            let (packs, fault) = Packs::of_stream(data, Format::Sha1, u64::MAX).unwrap();
            assert_eq!((ids(&packs), fault), (expected.clone(), None));
            let kinds = packs.kinds();
            let known = kinds.iter().filter(|kind| kind.is_some()).count();
            assert_eq!(known, expected.len());
            for id in &expected {
                let id = Id::parse(id.as_bytes(), Format::Sha1).unwrap();
                let (kind, bytes) = packs.read(id).unwrap();
                assert_eq!(hash(kind, &bytes, Format::Sha1), id);
            }
        }
    }

    #[test]
    fn a_size_of_four_gigabytes_is_a_lie_that_costs_nothing() {
        // A blob whose header says so: 4 bits, then 7 a byte.
        let mut data = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
        data.extend([0xb0, 0x80, 0x80, 0x80, 0x80, 0x08]);
        data.extend([0; 60]);
        let (packs, fault) = Packs::of_stream(data, Format::Sha1, u64::MAX).unwrap();
        assert_eq!(packs.count(), 0);
        assert!(fault.is_some_and(|fault| fault.words.contains("1 of its 1 objects")));
    }

    /// A pack of a blob and of deltas, each upon the object with this content.
    fn piled(blob: &[u8], deltas: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
        let pack = |bytes: &[u8]| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let count = deltas.len() as u32 + 1;
        let mut data = [b"PACK\0\0\0\x02".as_slice(), &count.to_be_bytes()].concat();
        data.push(0x30 | blob.len() as u8);
        data.extend(pack(blob));
        for (base, delta) in deltas {
            data.push(0x70 | delta.len() as u8);
            data.extend(hash(Kind::Blob, base, Format::Sha1).as_bytes());
            data.extend(pack(delta));
        }
        data.extend([0; 20]);
        data
    }

    #[test]
    fn an_object_that_is_there_twice_hides_nothing() {
        // The same again, three times, and one upon any of them.
        let same = (b"ab".as_slice(), vec![2, 2, 0x90, 2]);
        let more = (b"ab".as_slice(), vec![2, 3, 0x90, 2, 1, b'c']);
        for order in [[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]] {
            let deltas = order.map(|which| [&same, &more][which].clone());
            let (packs, fault) =
                Packs::of_stream(piled(b"ab", &deltas), Format::Sha1, u64::MAX).unwrap();
            assert_eq!((packs.count(), fault), (5, None), "{order:?}");
            let id = hash(Kind::Blob, b"abc", Format::Sha1);
            assert_eq!(packs.read(id), Some((Kind::Blob, b"abc".to_vec())));
            let kinds = packs.kinds();
            assert!(kinds.iter().all(|kind| *kind == Some(Kind::Blob)));
        }
    }

    #[test]
    fn a_pack_that_holds_more_than_its_index_says_is_not_taken_as_read() {
        let (data, _) = packed(true);
        let (mut entries, ..) = list_entries(&data, u32::MAX, Format::Sha1, u64::MAX);
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("objects/pack");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("pack-a.pack"), &data).unwrap();
        entries.sort_unstable();
        for (left_out, expected) in [(0, 1), (1, 0)] {
            let index = write(&entries[left_out..], Format::Sha1);
            std::fs::write(place.join("pack-a.idx"), index).unwrap();
            let packs = Packs::open(folder.path(), Format::Sha1);
            assert_eq!(packs.files().count(), expected);
        }
    }

    static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| packed(false).0);

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_stream_loses_objects_and_nothing_else(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in 0..2_000_usize,
        ) {
            let mut data = SOUND.clone();
            for (place, byte) in flips {
                let at = place.index(data.len());
                data[at] ^= byte;
            }
            data.truncate(data.len().saturating_sub(cut));
            if let Some((packs, _)) = Packs::of_stream(data, Format::Sha1, u64::MAX) {
                prop_assert!(packs.count() <= 40);
            }
        }
    }
}
