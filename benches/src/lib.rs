//! Speed of the family; see `benches/`.
