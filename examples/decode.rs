//! Reads the whole history of a repository and searches nothing: what a scan costs before the
//! first byte is looked at. `cargo run --release --example decode -- REPOSITORY [THREADS]`

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use outgate::walker::{
    Filter, Haystack, History, Options, Progress, Repository, Searched, Sink, Sizes,
};

struct Nothing;

impl Sink for Nothing {
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched {
        std::hint::black_box(haystack.bytes);
        Searched::Whole
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a repository")?);
    let threads = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let repository = Repository::discover(&path)?.ok_or("that is no repository")?;
    let filter = Filter::new(&[])?;
    let options = Options {
        threads,
        max_file_size: 64 << 20,
        sizes: Sizes::default(),
        filter: &filter,
        obey_gitignore: true,
        full_scan: true,
        list_all: false,
        stores: None,
        extracted: None,
        unpack: None,
        interrupt: &AtomicBool::new(false),
        progress: &Progress::default(),
    };
    let coverage = History::open(&repository)?.scan(&options, &|| Box::new(Nothing))?;
    let (objects, bytes) = (coverage.objects, coverage.bytes);
    writeln!(std::io::stdout(), "{objects} blobs, {bytes} bytes")?;
    Ok(())
}
