//! Tokens made at run time, so that no token-shaped text lies in the repository.

use outgate::detectors::{Detector, DetectorSet};
use outgate::verifier::examples::{Generator, expand};

/// A detector of the embedded set.
fn detector(id: &str) -> Detector {
    let set = DetectorSet::embedded();
    set.find(id).expect("an embedded detector").clone()
}

/// Fills a template for a detector; the seed alone decides what comes out.
pub(crate) fn fill(id: &str, template: &str, seed: &str) -> String {
    let text = expand(template, &detector(id), &mut Generator::new(seed));
    String::from_utf8(text).expect("templates are text")
}

/// A token of a detector with valid check characters.
pub(crate) fn token(id: &str, seed: &str) -> String {
    fill(id, "{secret}", seed)
}

/// A classic GitHub token, provable by its checksum.
pub(crate) fn github(seed: &str) -> String {
    token("github-pat", seed)
}

/// A private key block in PEM.
pub(crate) fn pem() -> String {
    fill("private-key-pem", "{armor:RSA PRIVATE KEY}", "pem")
}

/// An AWS key id and secret, as generated.
pub(crate) fn aws_pair(seed: &str) -> (String, String) {
    let id = token("aws-access-key-id", seed);
    (id, fill("aws-secret-access-key", "{base64:40}", seed))
}
