//! Integration tests: the built command on folders and repositories made on the fly.

mod bad_input;
mod baseline;
mod ci;
mod cli;
mod config;
mod detectors;
mod determinism;
mod encodings;
mod formats;
mod generated;
mod git_formats;
mod hook;
mod import;
mod import_faults;
mod markup;
mod pairs;
mod parity;
mod redaction;
mod sandbox;
mod sarif;
mod scan_git;
mod scan_tree;
mod submit;
mod suppression;
mod tokens;
mod verdicts;
