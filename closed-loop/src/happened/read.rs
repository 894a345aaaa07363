//! An event read as [`Happened`](super::Happened) where it lies, without a copy of its data.

use fixedops_connectors_traits::Event;
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, MapAccess};

/// Reads `{"type": ..., "data": ...}` of an event.
pub(super) fn typed<'e, T: Deserialize<'e>>(event: &'e Event) -> Result<T, serde_json::Error> {
    T::deserialize(MapAccessDeserializer::new(Whole { event, next: Part::Type }))
}

/// The object that type and data would be. The type comes first, so that nothing has to be set aside until it is known.
struct Whole<'e> {
    event: &'e Event,
    next: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Type,
    Data,
    End,
}

impl<'e> MapAccess<'e> for Whole<'e> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'e>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let key = match self.next {
            Part::Type => "type",
            Part::Data => "data",
            Part::End => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'e>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        match self.next {
            Part::Type => {
                self.next = Part::Data;
                seed.deserialize(BorrowedStrDeserializer::new(self.event.event_type.as_str()))
            }
            Part::Data | Part::End => {
                self.next = Part::End;
                seed.deserialize(&self.event.data)
            }
        }
    }
}
