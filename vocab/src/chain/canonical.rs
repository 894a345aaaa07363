use std::io;

use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Number, Value};

/// Numbers beyond this are not exact as doubles, which is what RFC 8785 writes.
pub const LARGEST_NUMBER: u64 = 1 << 53;

/// JSON in the one form of RFC 8785: keys sorted, no white space, numbers and escapes written one way.
///
/// ```
/// use fixedops_vocab::chain::canonical_json;
/// let value = serde_json::from_str(r#"{"b": 2.0, "a": "x"}"#)?;
/// assert_eq!(canonical_json(&value)?, r#"{"a":"x","b":2}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The serializer's error for a number that is not a finite double.
pub fn canonical_json(value: &Value) -> Result<String, serde_json::Error> {
    // The library sorts the keys as it writes, which takes five times as long as writing them where they lie in order
    // already: as those of events do.
    if !is_in_order(value) {
        return serde_json_canonicalizer::to_string(value);
    }
    let mut text = Vec::with_capacity(512);
    value.serialize(&mut Serializer::with_formatter(&mut text, Ecmascript))?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Canonical JSON writes 2.0 as `2` and -0.0 as `0`: the value as its text reads.
#[must_use]
pub fn as_read_back(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => {
                let mut buffer = ryu_js::Buffer::new();
                Value::Number(buffer.format(float).parse::<Number>().unwrap_or_else(|_| number.clone()))
            }
            None => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(as_read_back).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, item)| (key.clone(), as_read_back(item))).collect())
        }
        _ => value.clone(),
    }
}

/// Whether everything lies as it is to be written: ASCII keys (bytes then sort as RFC 8785 sorts, by UTF-16) in rising
/// order, and whole numbers that are exact as doubles.
fn is_in_order(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_f64() || number.as_i64().is_some_and(|n| n.unsigned_abs() <= LARGEST_NUMBER)
        }
        Value::Array(items) => items.iter().all(is_in_order),
        Value::Object(map) => {
            map.keys().is_sorted() && map.iter().all(|(key, item)| key.is_ascii() && is_in_order(item))
        }
        _ => true,
    }
}

/// Compact JSON with floats as ECMAScript writes them. The escapes of `serde_json` are those of RFC 8785.
struct Ecmascript;

impl Formatter for Ecmascript {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(ryu_js::Buffer::new().format(value).as_bytes())
    }

    /// Numbers come as text where any crate of a build turns `serde_json`'s `arbitrary_precision` on: the same hash.
    fn write_number_str<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: &str) -> io::Result<()> {
        match value.parse::<f64>() {
            Ok(number) if number.is_finite() => self.write_f64(writer, number),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "number is not a finite double")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1_000_i64..1_000).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-1_000_i32..1_000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
            any::<String>().prop_map(Value::from),
            "[a-z\"\\\\\u{0}-\u{1f}\u{7f}é\u{2028}😀]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z_\"]{0,4}", inner.clone(), 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
                prop::collection::btree_map(any::<String>(), inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_ways_write_the_same(value in any_json()) {
            let library = serde_json_canonicalizer::to_string(&value).unwrap();
            prop_assert_eq!(&canonical_json(&value).unwrap(), &library);
        }

        #[test]
        fn what_is_kept_is_what_the_text_reads(value in any_json()) {
            // Whole numbers beyond 2^53 are refused at the door.
            prop_assume!(is_in_order(&value));
            let text = canonical_json(&value).unwrap();
            prop_assert_eq!(as_read_back(&value), serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    #[test]
    fn keys_that_utf_16_sorts_otherwise_and_numbers_that_are_not_exact_take_the_library() {
        // U+FFFD is one unit of UTF-16 and sorts behind the surrogates of the emoji; by bytes it sorts before.
        let value = json!({"\u{fffd}": 1, "😀": 2});
        assert!(!is_in_order(&value));
        assert_eq!(canonical_json(&value).unwrap(), "{\"😀\":2,\"\u{fffd}\":1}");
        assert!(!is_in_order(&json!(9_007_199_254_740_993_i64)));
        assert_eq!(canonical_json(&json!(9_007_199_254_740_993_i64)).unwrap(), "9007199254740992");
    }

    /// A crate of a larger build may turn `serde_json/arbitrary_precision` on, for all of it.
    #[test]
    fn numbers_that_come_as_text_are_written_the_same() {
        for (text, canonical) in [("2.0", "2"), ("-0.0", "0"), ("1E2", "100"), ("0.10", "0.1"), ("17", "17")]
        {
            let mut written = Vec::new();
            Ecmascript.write_number_str(&mut written, text).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), canonical, "{text}");
        }
        assert!(Ecmascript.write_number_str(&mut Vec::new(), "1e400").is_err());
    }

    #[test]
    fn floats_are_written_as_ecmascript_does() {
        let value = json!({"a": [2.0, -0.0, 1e21, 1e-7, 0.1, 123_456.75], "b": -3});
        assert!(is_in_order(&value));
        assert_eq!(canonical_json(&value).unwrap(), r#"{"a":[2,0,1e+21,1e-7,0.1,123456.75],"b":-3}"#);
    }
}
