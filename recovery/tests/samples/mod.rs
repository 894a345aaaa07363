//! What is known in the tests of the words.
#![allow(dead_code, reason = "each test file uses a part of it")]

/// Fields that are always known; no shipped template needs another.
pub(crate) const ALWAYS: &[&str] =
    &["book_link", "dealer_name", "dealer_phone", "inspection_link", "postal_address", "unsubscribe_link"];

pub(crate) fn sample(field: &str) -> &'static str {
    match field {
        "advisor" => "Maria",
        "appointment_time" => "Tuesday, Dec 8 at 9:00 AM",
        "book_link" => "https://book.example/a1B2c3",
        "dealer_name" => "Main Street Motors",
        "dealer_phone" => "(404) 555-0123",
        "discount" => "10%",
        "due_miles" => "45,000 mi",
        "first_name" => "Ann",
        "inspection_link" => "https://look.example/i/x9Y8z7",
        "line_name" => "front brake pads",
        "line_price" => "$349.90",
        "mileage" => "about 44,900 mi (estimated)",
        "miles_since" => "about 2,100 mi (estimated)",
        "offer_ends" => "December 31",
        "offer_name" => "Winter check with fluid top-off",
        "photo_link" => "https://look.example/p/q1W2e3",
        "postal_address" => "1 Main Street, Atlanta, GA 30303",
        "price_then" => "$339.90",
        "reason" => "oil service",
        "recall_name" => "Passenger airbag inflator",
        "recall_number" => "23V-456",
        "service_date" => "March 2",
        "service_name" => "oil service",
        "slot" => "Tuesday at 9:00",
        "unsubscribe_link" => "https://book.example/u/a1B2c3",
        "unsubscribe_mail" => "leave@mail.example",
        "vehicle" => "2019 Honda Accord",
        "wear_date" => "May 3",
        "wear_miles" => "2,100 mi",
        "wear_now" => "yes",
        other => panic!("no sample for {other}"),
    }
}

/// Long, and seen in the field.
pub(crate) fn long_sample(field: &str) -> &'static str {
    match field {
        "advisor" => "Maria Fernanda",
        "appointment_time" => "Wednesday, Sep 23 at 10:45 AM",
        "book_link" => "https://s.example-motors.com/bk3x9Qz",
        "dealer_name" => "Northside Chrysler Dodge Jeep Ram Fiat X",
        "discount" => "15%",
        "due_miles" => "105,000 mi",
        "first_name" => "Christopher",
        "inspection_link" => "https://s.example-motors.com/in3x9Qz",
        "line_name" => "front brake pads and rotors",
        "mileage" => "about 104,900 mi (estimated)",
        "miles_since" => "about 12,100 mi (estimated)",
        "offer_name" => "four tires with mounting and balancing",
        "photo_link" => "https://s.example-motors.com/ph3x9Qz",
        "reason" => "multi point inspection",
        "recall_name" => "Passenger frontal airbag inflator may rupture",
        "recall_number" => "23V-456000",
        "service_date" => "September 23",
        "service_name" => "multi point inspection",
        "slot" => "Wednesday at 10:45",
        "vehicle" => "2019 Mercedes-Benz Sprinter 2500",
        "wear_date" => "September 23",
        "wear_miles" => "12,100 mi",
        other => sample(other),
    }
}
