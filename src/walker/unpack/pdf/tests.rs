use super::*;

#[test]
fn an_offset_beyond_all_numbers_loses_no_object() {
    for offset in ["-1", "99999999999999999999"] {
        let list = format!("1 0 2 {offset} ");
        let decoded = [list.as_bytes(), b"(first)"].concat();
        let dict = format!("<< /First {} >>", list.len());
        let Ok(dict) = Dict::read(dict.as_bytes()) else {
            panic!("a dictionary");
        };
        let objects = numbered(&dict, &decoded);
        assert!(memmem::find(&objects, b"(first)").is_some(), "{offset}");
    }
}
