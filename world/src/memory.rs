//! What we did to the world so far.

use fixedops_vocab::TouchKey;

use crate::draw::Draw;

/// A visit that a touch of ours led to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caused {
    /// Number of the visit within the car's, from [`crate::order::CAUSED`] on.
    pub(crate) number: u32,
    pub(crate) key: TouchKey,
    pub(crate) draw: Draw,
    pub(crate) booked_at: i64,
    /// When he is to come, or comes.
    pub(crate) at: i64,
    /// Whether he does.
    pub(crate) shows: bool,
    /// Operations that the touch spoke of, booked or not.
    pub(crate) spoken: Vec<usize>,
    /// Operations booked.
    pub(crate) operations: Vec<usize>,
    /// Operations done, once it is lived through.
    pub(crate) done: Vec<usize>,
}

/// A touch, as it truly met the customer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Touched {
    pub(crate) key: TouchKey,
    pub(crate) at: i64,
    pub(crate) miles: f64,
    /// Share of the oil interval used up.
    pub(crate) oil_used: f64,
    /// How much of the full response was left.
    pub(crate) response: f64,
}

/// Of a car.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    pub(crate) caused: Vec<Caused>,
    pub(crate) touched: Vec<Touched>,
}
