//! What the fuzz targets share: how files are read, what is seen of them, and which panics count.

pub mod objects;
pub mod text;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{fs, panic, process};

use outgate::walker::{
    Content, Coverage, Filter, Fresh, Haystack, Limits, MakeSink, Options, Origin, Progress,
    Searched, Sink, Sizes, Stores,
};

/// Bounds that one input reaches in milliseconds.
pub const LIMITS: Limits = Limits {
    total: 4 << 20,
    depth: 4,
    members: 500,
    ratio: 1_000,
};

/// Lets panics of the decoders that are others' code pass: the unpacker catches them by design, one
/// file is then a gap. Ours count.
pub fn forgive_decoders() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or("", |location| location.file());
        let is_foreign = place.contains("/registry/src/") || place.contains("\\registry\\src\\");
        if !is_foreign {
            eprintln!("{panic}");
            process::abort();
        }
    }));
}

/// What was handed over.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many haystacks.
    pub count: AtomicU64,
    /// How many bytes they have.
    pub bytes: AtomicU64,
}

type Check<'a> = dyn Fn(&Haystack<'_>) + Sync + 'a;

struct Watch<'a> {
    seen: &'a Seen,
    check: &'a Check<'a>,
}

impl Sink for Watch<'_> {
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched {
        self.seen.count.fetch_add(1, Ordering::Relaxed);
        let bytes = haystack.bytes.len() as u64;
        self.seen.bytes.fetch_add(bytes, Ordering::Relaxed);
        (self.check)(haystack);
        Searched::Whole
    }
}

/// Runs a scan on one thread, with a check on each haystack: of files with parts or without, of
/// all there is or of what is usual.
pub fn scan(
    is_unpacked: bool,
    is_all: bool,
    check: &Check<'_>,
    run: impl FnOnce(&Options<'_>, &MakeSink<'_>) -> Coverage,
) -> (Seen, Coverage) {
    static FILTER: LazyLock<Filter> = LazyLock::new(Filter::none);
    static STORES: LazyLock<Stores> = LazyLock::new(Stores::default);
    let (interrupt, progress, seen) =
        (AtomicBool::new(false), Progress::default(), Seen::default());
    let options = Options {
        threads: 1,
        max_file_size: 1 << 20,
        sizes: Sizes::default(),
        filter: &FILTER,
        obey_gitignore: false,
        full_scan: false,
        unpack: is_unpacked.then_some(LIMITS),
        list_all: true,
        stores: is_all.then_some(&*STORES),
        extracted: None,
        interrupt: &interrupt,
        progress: &progress,
    };
    let coverage = run(&options, &|| Box::new(Watch { seen: &seen, check }));
    (seen, coverage)
}

/// Where a file of the fuzzer's stands.
pub fn file() -> Origin {
    Origin::File("src/settings.py".to_owned())
}

/// A haystack that is searched as a whole.
pub fn haystack<'a>(bytes: &'a [u8], origin: &'a Origin, content: Content) -> Haystack<'a> {
    Haystack {
        bytes,
        origin,
        content,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    }
}

/// Unpacks a file and checks that it stays within its bounds.
pub fn unpack(bytes: &[u8]) {
    let named = |haystack: &Haystack<'_>| assert!(haystack.origin.path().starts_with("file"));
    let (seen, _) = scan(true, false, &named, |options, make| {
        outgate::walker::scan_stream("file", &mut &*bytes, options, make).unwrap_or_default()
    });
    // What is put together from a member, its text or strings, is no larger than a few times that.
    let (count, out) = (seen.count.into_inner(), seen.bytes.into_inner());
    let most = 4 * (LIMITS.total + bytes.len() as u64);
    assert!(count <= 4 * u64::from(LIMITS.members), "{count} members");
    assert!(out <= most, "{out} bytes of {most}");
}

/// Looks at nothing.
pub fn pass(_: &Haystack<'_>) {}

/// A file of the fuzzer's, for what is read by its path; in memory where the system has such a
/// folder.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A file of this name in a folder of its own.
    pub fn new(name: &str) -> Self {
        let folder = scratch_folder();
        Self {
            path: folder.join(name),
        }
    }

    /// Writes the file.
    pub fn write(&self, bytes: &[u8]) -> &Path {
        fs::write(&self.path, bytes).expect("the folder for temporary files can be written to");
        &self.path
    }
}

/// A folder that is this process's, and stays while it runs.
pub fn scratch_folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("outgate-fuzz-{}", process::id()));
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
        folder
    });
    &FOLDER
}

/// Bytes as a zlib stream that does not compress (RFC 1950, RFC 1951).
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut parts = bytes.chunks(usize::from(u16::MAX)).peekable();
    if parts.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(part) = parts.next() {
        let length = part.len() as u16;
        out.push(u8::from(parts.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(part);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for &byte in bytes {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    out
}
