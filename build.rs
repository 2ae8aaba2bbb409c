//! Lays the detector files into the binary, already compiled, and the tables of the sieve, so that a
//! run parses no TOML, no regular expression and builds no table before the first byte is searched.

use std::path::Path;
use std::{env, fs};

#[allow(dead_code, unreachable_pub, reason = "the library uses all of it")]
#[path = "src/detectors"]
mod detectors {
    pub(crate) mod byteset;
    pub(crate) mod compile;
    pub(crate) mod gram;
    pub(crate) mod irregular;
    pub(crate) mod model;
    pub(crate) mod probe;
    pub(crate) mod runs;
    pub(crate) mod spec;
    pub(crate) mod spelling;
    pub(crate) mod table;
    pub(crate) mod text;

    pub(crate) use model::Detector;
    pub(crate) use text::Text;
}

#[allow(dead_code, unreachable_pub, reason = "the library uses all of it")]
#[path = "src/engine"]
mod engine {
    pub(crate) mod decode {
        pub(crate) mod marks;
    }
    pub(crate) mod number;
    pub(crate) mod sieve {
        pub(crate) mod entry;
        pub(crate) mod tables;
    }
    pub(crate) mod targets;

    use sieve::tables::Tables;
    use targets::Targets;

    /// Factors that are tried, in a few hundred milliseconds.
    const FACTORS: u64 = 256;

    /// The tables of the sieve for these detectors.
    pub(crate) fn tables(detectors: &[super::detectors::Detector]) -> Option<Vec<u8>> {
        let tables = Tables::new(&Targets::of(detectors), FACTORS);
        tables.map(|tables| tables.0.into_owned())
    }
}

use detectors::spec::ProviderSpec;
use detectors::table::{KeywordTable, TABLE};
use sha2::Digest as _;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=detectors");
    println!("cargo::rerun-if-changed=src/detectors");
    println!("cargo::rerun-if-changed=src/engine/decode/marks.rs");
    println!("cargo::rerun-if-changed=src/engine/number.rs");
    println!("cargo::rerun-if-changed=src/engine/sieve/entry.rs");
    println!("cargo::rerun-if-changed=src/engine/sieve/tables.rs");
    println!("cargo::rerun-if-changed=src/engine/targets.rs");
    if cfg!(feature = "system-libhs") {
        link_system_library();
    }
    if cfg!(any(feature = "hyperscan", feature = "system-libhs")) {
        println!("cargo::rustc-cfg=accelerated");
    }

    let mut names: Vec<_> = fs::read_dir("detectors")
        .expect("the folder `detectors` stands beside Cargo.toml")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    names.sort();
    let mut all = Vec::new();
    let mut examples = Vec::new();
    let mut faults = Vec::new();
    for path in names {
        match read(&path) {
            Ok((mut detectors, mut texts)) => {
                all.append(&mut detectors);
                examples.append(&mut texts);
            }
            Err(fault) => faults.push(format!("{}: {fault}", path.display())),
        }
    }
    assert!(
        faults.is_empty(),
        "detector files do not compile:\n{}",
        faults.join("\n")
    );
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    let tables = engine::tables(&all).expect("the lint refuses a probe that has no gram");
    fs::write(out.join("sieve.bin"), tables).expect("OUT_DIR is writable");
    let all = encode(&all);
    let digest = sha2::Sha256::digest(&all);
    fs::write(out.join("detectors.bin"), all).expect("OUT_DIR is writable");
    fs::write(out.join("detectors.sha256"), digest).expect("OUT_DIR is writable");
    fs::write(out.join("examples.bin"), encode(&examples)).expect("OUT_DIR is writable");
}

fn read(
    path: &Path,
) -> Result<
    (
        Vec<detectors::model::Detector>,
        Vec<detectors::model::Examples>,
    ),
    String,
> {
    let text = fs::read_to_string(path).map_err(|fault| fault.to_string())?;
    let spec: ProviderSpec = if path.file_stem().is_some_and(|stem| stem == TABLE) {
        let table: KeywordTable = toml::from_str(&text).map_err(|fault| fault.to_string())?;
        table.expand()
    } else {
        toml::from_str(&text).map_err(|fault| fault.to_string())?
    };
    detectors::compile::compile(&spec)
}

fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain data encodes")
}

#[cfg(feature = "system-libhs")]
fn link_system_library() {
    pkg_config::Config::new()
        .atleast_version("5.4")
        .probe("libhs")
        .expect("feature `system-libhs` needs libhs 5.4 (Debian: libhyperscan-dev or libvectorscan-dev)");
}

#[cfg(not(feature = "system-libhs"))]
fn link_system_library() {}
