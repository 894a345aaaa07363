//! The loop of a service department: from a mileage crossing to a cleared message, a booking, a closed repair order and a credit, over a journal that loses nothing.
