//! The conformance kit: one plain async function per promise of a contract.
