//! A property context and all of its values.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::ltp::PropertyContext;
use pffkit::mapi::{PropType, Value};

const OPAQUE: [PropType; 3] = [PropType::SVREID, PropType::SRESTRICTION, PropType::ACTIONS];

fuzz_target!(|data: &[u8]| {
    pffkit_fuzz::node::each(data, |scope, node| {
        let Ok(pc) = PropertyContext::open(scope, node.data, node.sub) else { return };
        for prop in pc.props() {
            match pc.value(*prop) {
                Ok(Value::Stream(stream)) => {
                    assert_eq!(stream.to_vec().map(|v| v.len() as u64).ok(), Some(stream.len()))
                }
                // Their bytes are taken apart above this layer, and those of types that nobody knows are kept.
                Ok(Value::Bin(_)) if OPAQUE.contains(&prop.tag.typ()) || !prop.tag.typ().is_known() => {}
                Ok(value) => assert!(value.fits(prop.tag.typ()), "{} is {value:?}", prop.tag),
                Err(_) => {}
            }
        }
    });
});
