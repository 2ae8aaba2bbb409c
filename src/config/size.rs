//! Sizes as people write them: `500k`, `10M`, `2G`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A number of bytes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

const SUFFIXES: [(u64, &str); 3] = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "k")];

impl FromStr for Size {
    type Err = String;

    /// Reads a size with an optional binary suffix.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
        let factor: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            suffix => return Err(format!("unknown suffix `{suffix}`; use k, M or G")),
        };
        let number: u64 = digits
            .parse()
            .map_err(|_| format!("`{digits}` is not a number"))?;
        number
            .checked_mul(factor)
            .map(Self)
            .ok_or_else(|| "too large".to_owned())
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(factor, _): &&(u64, &str)| self.0 > 0 && self.0.is_multiple_of(*factor);
        match SUFFIXES.iter().find(whole) {
            Some((factor, suffix)) => write!(f, "{}{suffix}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

impl schemars::JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number of bytes with an optional binary suffix, as in `500k`, `10M`, `2G`.",
            "type": "string",
            "pattern": "^ *[0-9]+ *([kKmMgG]([iI]?[bB])?|[bB])? *$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_take_suffixes() {
        let size = |text: &str| text.parse().map(|Size(bytes)| bytes);
        assert_eq!(size("10"), Ok(10));
        assert_eq!(size("2k"), Ok(2048));
        assert_eq!(size("1M"), Ok(1 << 20));
        assert!(size("1x").is_err());
        assert!(size("99999999999G").is_err());
    }

    #[test]
    fn a_size_is_shown_as_it_is_written() {
        for text in ["0", "1023", "1k", "64M", "3G"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
    }
}
