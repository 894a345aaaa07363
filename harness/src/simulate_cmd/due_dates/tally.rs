//! Means over cars, each counted once however often it was looked at.

/// A mean over cars with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error: cars are independent of each other, looks at one car are not.
    pub error: f64,
}

/// The mean of each car's own mean; None without a car.
pub fn per_car(cars: impl Iterator<Item = Vec<f64>>) -> Option<Mean> {
    let means: Vec<f64> = cars.filter_map(|values| mean(&values)).collect();
    let middle = mean(&means)?;
    let squares: Vec<f64> = means.iter().map(|value| (value - middle).powi(2)).collect();
    let error = (mean(&squares)? / count(means.len())).sqrt();
    Some(Mean { mean: middle, error })
}

/// The median over cars of each car's own mean.
pub fn median_per_car(cars: impl Iterator<Item = Vec<f64>>) -> Option<f64> {
    let mut means: Vec<f64> = cars.filter_map(|values| mean(&values)).collect();
    means.sort_by(f64::total_cmp);
    means.get(means.len() / 2).copied()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count(values.len()))
}

#[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 of anything")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_counts_once_however_often_it_was_looked_at() {
        let cars = [vec![1.0], vec![0.0, 0.0, 0.0], vec![1.0, 0.0], vec![]];
        let found = per_car(cars.into_iter()).unwrap();
        assert!((found.mean - 0.5).abs() < 1e-12 && (found.error - (1.0_f64 / 18.0).sqrt()).abs() < 1e-12);
        assert_eq!(per_car(std::iter::empty()), None);
        assert_eq!(median_per_car([vec![9.0, 1.0], vec![2.0], vec![8.0]].into_iter()), Some(5.0));
    }
}
