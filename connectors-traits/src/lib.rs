//! The contracts of fixedops with the outside: journal, DMS, inspection tablets, message transports, schedulers, telematics; with a conformance kit.
