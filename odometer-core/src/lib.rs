//! What the odometer says, said and will say: readings judged, GPS turned into miles, estimates with honest ranges, intervals and crossings.
