//! How often random text passes for genuine: `cargo run --release --example forgery -- [COUNT]`
//!
//! For each kind of checksum, draws tokens of one detector's shape at random, as often as asked
//! (a million times without an argument), and counts those whose check says genuine. What is
//! expected follows from the bits of the checksum.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;

use outgate::detectors::{Check, Detector, DetectorSet};
use outgate::verifier::checks::{Proof, examine};
use outgate::verifier::examples::Generator;

/// Bits that a checksum of each kind has.
const BITS: &[(Check, f64)] = &[
    (Check::Base62Crc32, 32.0),
    (Check::GithubFineGrained, 40.0),
    (Check::GitlabRoutable, 32.0),
    (Check::HexCrc32, 32.0),
    (Check::ConfluentCrc32, 32.0),
    (Check::GrafanaCrc32, 32.0),
    (Check::AtlassianCrc32, 32.0),
    (Check::AzureKey, 32.0),
    (Check::AzureCask, 32.0),
    // Three digits of 66.
    (Check::EntraSecret, 18.1),
    (Check::AzureDevopsPat, 32.0),
    (Check::Bech32, 30.0),
    (Check::Base58, 32.0),
    (Check::Base32Crc16, 16.0),
];

fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let set = DetectorSet::embedded();
    let mut chosen: BTreeMap<String, (Detector, Check, f64)> = BTreeMap::new();
    for detector in set.detectors() {
        if let Some(&(check, bits)) = BITS
            .iter()
            .find(|(check, _)| Some(*check) == detector.check)
        {
            let unchecked = Detector {
                check: None,
                ..detector.clone()
            };
            chosen
                .entry(format!("{check:?}"))
                .or_insert((unchecked, check, bits));
        }
    }
    let mut out = std::io::stdout();
    for (name, (detector, check, bits)) in chosen {
        let mut generator = Generator::new(&name);
        let genuine = (0..count)
            .filter(|_| {
                let token = generator.token(&detector);
                examine(check, &token, &token, None).proof == Proof::Genuine
            })
            .count();
        let expected = f64::from(count) / bits.exp2();
        writeln!(
            out,
            "{name:18} {:28} {genuine} genuine of {count}, {expected:.3} expected",
            detector.id
        )?;
    }
    Ok(())
}
