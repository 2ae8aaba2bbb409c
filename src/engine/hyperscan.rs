//! The Hyperscan finder: all probes in one block-mode database.
//!
//! Owns every call of the C API (Hyperscan 5.4, here as Vectorscan: the same header and
//! behaviour). Probes have a fixed length, so the end that Hyperscan reports names the start
//! and no start-of-match tracking is paid for.

use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr::{self, NonNull};

#[cfg(feature = "hyperscan")]
use vectorscan_rs_sys as _;

use super::targets::Targets;
use super::{Find, Hit};
use crate::detectors::byteset::ByteSet;

const HS_SUCCESS: c_int = 0;
const HS_MODE_BLOCK: c_uint = 1;

/// `hs_compile_error_t` of `hs_compile.h`.
#[repr(C)]
struct CompileError {
    message: *mut c_char,
    expression: c_int,
}

#[repr(C)]
struct RawDatabase {
    opaque: [u8; 0],
}

#[repr(C)]
struct RawScratch {
    opaque: [u8; 0],
}

type OnMatch = unsafe extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;

unsafe extern "C" {
    fn hs_compile_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut RawDatabase,
        error: *mut *mut CompileError,
    ) -> c_int;
    fn hs_free_compile_error(error: *mut CompileError) -> c_int;
    fn hs_free_database(database: *mut RawDatabase) -> c_int;
    fn hs_alloc_scratch(database: *const RawDatabase, scratch: *mut *mut RawScratch) -> c_int;
    fn hs_free_scratch(scratch: *mut RawScratch) -> c_int;
    fn hs_scan(
        database: *const RawDatabase,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut RawScratch,
        on_match: OnMatch,
        context: *mut c_void,
    ) -> c_int;
}

/// Writes runs of sets as an expression.
fn expression(runs: &[(ByteSet, u16)]) -> String {
    runs.iter()
        .map(|(set, count)| match count {
            1 => set.to_class(),
            count => format!("{}{{{count}}}", set.to_class()),
        })
        .collect()
}

/// A compiled database.
#[derive(Debug)]
pub(super) struct Database(NonNull<RawDatabase>);

// SAFETY: a database is immutable once made; the API allows any number of threads to scan it.
unsafe impl Send for Database {}
// SAFETY: as above.
unsafe impl Sync for Database {}

impl Database {
    /// Compiles all probes. `None` when the library refuses (out of memory).
    pub(super) fn compile(targets: &Targets) -> Option<Self> {
        let expressions: Vec<CString> = targets
            .patterns()
            .iter()
            .map(|pattern| CString::new(expression(&pattern.spelled())).ok())
            .collect::<Option<_>>()?;
        let pointers: Vec<*const c_char> = expressions.iter().map(|text| text.as_ptr()).collect();
        let count = u32::try_from(pointers.len()).ok()?;
        let ids: Vec<c_uint> = (0..count).collect();
        let flags: Vec<c_uint> = vec![0; pointers.len()];
        let mut database = ptr::null_mut();
        let mut error = ptr::null_mut();
        // SAFETY: the three arrays hold `count` elements each and outlive the call; the
        // two results are valid for it; no platform means this one.
        let code = unsafe {
            hs_compile_multi(
                pointers.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                count,
                HS_MODE_BLOCK,
                ptr::null(),
                &raw mut database,
                &raw mut error,
            )
        };
        if !error.is_null() {
            // SAFETY: a non-null error is owned by us and freed once.
            unsafe { hs_free_compile_error(error) };
        }
        if code == HS_SUCCESS {
            NonNull::new(database).map(Self)
        } else {
            None
        }
    }

    /// Working memory for one thread.
    fn scratch(&self) -> Option<Scratch> {
        let mut scratch = ptr::null_mut();
        // SAFETY: the database is valid; the result is null as the API asks for a first call.
        let code = unsafe { hs_alloc_scratch(self.0.as_ptr(), &raw mut scratch) };
        if code == HS_SUCCESS {
            NonNull::new(scratch).map(Scratch)
        } else {
            None
        }
    }
}

impl Find for Database {
    type Working = Option<Scratch>;

    fn find(
        &self,
        targets: &Targets,
        bytes: &[u8],
        working: &mut Self::Working,
        hits: &mut Vec<Hit>,
    ) -> bool {
        if working.is_none() {
            *working = self.scratch();
        }
        let (Some(scratch), Ok(length)) = (working, c_uint::try_from(bytes.len())) else {
            return false;
        };
        let mut context = Context { targets, hits };
        // SAFETY: database and scratch belong together and are valid; `bytes` is valid for
        // `length`; the callback gets the context that lives until the call returns.
        let code = unsafe {
            hs_scan(
                self.0.as_ptr(),
                bytes.as_ptr().cast(),
                length,
                0,
                scratch.0.as_ptr(),
                on_match,
                (&raw mut context).cast(),
            )
        };
        code == HS_SUCCESS
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed once.
        unsafe { hs_free_database(self.0.as_ptr()) };
    }
}

/// Working memory of one thread.
#[derive(Debug)]
pub(super) struct Scratch(NonNull<RawScratch>);

// SAFETY: scratch may move between threads; `&mut` keeps it to one at a time.
unsafe impl Send for Scratch {}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed once.
        unsafe { hs_free_scratch(self.0.as_ptr()) };
    }
}

struct Context<'a> {
    targets: &'a Targets,
    hits: &'a mut Vec<Hit>,
}

unsafe extern "C" fn on_match(
    id: c_uint,
    _from: c_ulonglong,
    to: c_ulonglong,
    _flags: c_uint,
    context: *mut c_void,
) -> c_int {
    // SAFETY: `find` passes a `Context` that outlives the scan and is used by this call alone.
    let context = unsafe { &mut *context.cast::<Context<'_>>() };
    let length = context.targets.patterns()[id as usize].length;
    context.hits.push(Hit {
        start: to as usize - length,
        probe: id,
    });
    0
}
