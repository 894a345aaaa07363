//! A map of operations: refused, or one that can be asked.
#![no_main]

use fixedops_odometer_core::{OpCodes, Operation};
use fixedops_vocab::OpCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(map) = OpCodes::from_toml(text) else { return };
    assert!(!map.source().trim().is_empty(), "it says where it comes from");
    let services = map.services();
    for service in &services {
        for code in map.codes_of(service) {
            assert_eq!(map.service(&code), Some(*service), "{code:?}");
        }
    }
    // Whatever stands in the file is asked for, as a code and as a name.
    for word in text.split(['"', '\n', '=']).chain(["LOF5", "oil change"]) {
        let code = OpCode::new(word).ok();
        for name in [None, Some(word)] {
            if let Operation::Service(service) = map.operation(code.as_ref(), name) {
                assert!(services.contains(&service), "{service} is none of {services:?}");
            }
        }
    }
});
