//! Outreach sequences of a service department as state machines: what to say next, when, and when to stop.
