//! Columns that cannot be are refused.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use fixedops_mpi_score::{Columns, ColumnsError, TopThree, Weights, WeightsDraft, score_columns};

fn columns() -> Columns {
    Columns {
        safety: vec![1, 2, 3],
        history: vec![4, 5, 6],
        fit: vec![7, 8, 9],
        floored: vec![0, 1, 0],
        ends: vec![1, 1, 3],
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (case, columns, error) in [
        ("a short column", Columns { fit: vec![1], ..columns() }, ColumnsError::Shape),
        ("ends that fall", Columns { ends: vec![2, 1, 3], ..columns() }, ColumnsError::Shape),
        ("rows after the end", Columns { ends: vec![1, 2], ..columns() }, ColumnsError::Shape),
        ("no end", Columns { ends: vec![], ..columns() }, ColumnsError::Shape),
        ("an end behind the rows", Columns { ends: vec![9], ..columns() }, ColumnsError::Shape),
        ("a part above one", Columns { safety: vec![1, 10_001, 3], ..columns() }, ColumnsError::OutOfRange),
        ("half a floor", Columns { floored: vec![0, 2, 0], ..columns() }, ColumnsError::OutOfRange),
    ] {
        assert_eq!(score_columns(&columns, &Weights::shipped(), None), Err(error), "{case}");
    }
    let many = Columns {
        safety: vec![1; 65_537],
        history: vec![1; 65_537],
        fit: vec![1; 65_537],
        floored: vec![0; 65_537],
        ends: vec![65_537],
    };
    assert_eq!(score_columns(&many, &Weights::shipped(), None), Err(ColumnsError::TooMany));
}

#[test]
fn a_floor_that_is_off_lifts_nothing() {
    let shipped = Weights::shipped();
    let off = Weights::new(WeightsDraft { safety_floor: false, ..shipped.table().clone() }).unwrap();
    let columns = Columns {
        safety: vec![9_000, 1_000],
        history: vec![0, 0],
        fit: vec![0, 0],
        floored: vec![0, 1],
        ends: vec![2],
    };
    let first = |weights| score_columns(&columns, weights, None).unwrap()[0].rows;
    assert_eq!((first(&shipped), first(&off)), ([1, 0, 0], [0, 1, 0]));
}

#[test]
fn an_empty_inspection_has_nobody_first() {
    let first = score_columns(&columns(), &Weights::shipped(), None).unwrap();
    assert_eq!(first[1], TopThree::default());
    assert_eq!((first[2].count, first[2].rows), (2, [0, 1, 0]));
    assert_eq!(score_columns(&Columns::default(), &Weights::shipped(), None), Ok(vec![]));
}

#[test]
fn the_last_of_as_many_findings_as_there_can_be_is_found() {
    let rows = 65_536;
    let mut columns = Columns {
        safety: vec![1; rows],
        history: vec![1; rows],
        fit: vec![1; rows],
        floored: vec![0; rows],
        ends: vec![65_536],
    };
    columns.safety[rows - 1] = 10_000;
    let first = score_columns(&columns, &Weights::shipped(), None).unwrap()[0];
    assert_eq!((first.count, first.rows), (3, [u16::MAX, 0, 1]));
}
