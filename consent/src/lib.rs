//! May this message go to this person now? Allow, deny or wait until, with every rule cited. Engineering, not legal advice.
