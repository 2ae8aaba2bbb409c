//! The time, for the formats that must name one and the rules that end.
//!
//! Owns the looks at the clock. `SOURCE_DATE_EPOCH` stands for it where it is set, so that
//! all of this can be the same byte for byte, too.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// The time now, to the second.
pub(super) fn now() -> Timestamp {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok();
    fixed
        .and_then(|seconds| Timestamp::from_second(seconds.trim().parse().ok()?).ok())
        .unwrap_or_else(Timestamp::now)
}

/// The day by which rules end: that of the world's clock, the same in every place.
pub(super) fn today() -> Date {
    Offset::UTC.to_datetime(now()).date()
}
