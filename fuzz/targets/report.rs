//! Saved reports: one that is read can be written in every format, and as itself again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outgate::report::{Format, Report, Style, read};

const FORMATS: [Format; 10] = [
    Format::Plain,
    Format::Json,
    Format::Jsonl,
    Format::Sarif,
    Format::Github,
    Format::Gitlab,
    Format::Junit,
    Format::Csv,
    Format::Markdown,
    Format::Html,
];
const STYLE: Style = Style {
    color: true,
    quiet: false,
};

fn write(report: &Report, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    report
        .write(format, STYLE, &mut out)
        .expect("memory takes all that is written");
    out
}

fuzz_target!(|text: &[u8]| {
    let Ok(report) = read(text) else {
        return;
    };
    for format in FORMATS {
        write(&report, format);
    }
    for format in [Format::Json, Format::Jsonl] {
        let written = write(&report, format);
        let again =
            read(&written).unwrap_or_else(|fault| panic!("what was written is refused: {fault}"));
        assert!(
            write(&again, format) == written,
            "what was written is read as another report"
        );
    }
});
