use crate::summary::{Point, Sample};

/// Numbers of known mean 0 that each trial has drawn, and the sums of their products, which grow with the trials.
#[derive(Debug, Clone, Default)]
pub struct Deviates {
    /// Of each trial: its deviates, then 1.
    rows: Vec<f64>,
    width: usize,
    /// Lower triangle, row by row, of the sums over trials of the products of two numbers of a row.
    products: Vec<f64>,
}

impl Deviates {
    /// Trials that are in.
    pub fn trials(&self) -> u32 {
        self.rows.len().checked_div(self.width).unwrap_or(0) as u32
    }
}

impl Extend<Vec<f64>> for Deviates {
    /// Takes those of further trials, as many of each as of the trials before.
    fn extend<T: IntoIterator<Item = Vec<f64>>>(&mut self, trials: T) {
        for deviates in trials {
            self.width = deviates.len() + 1;
            self.products.resize(self.width * (self.width + 1) / 2, 0.0);
            let start = self.rows.len();
            self.rows.extend(deviates);
            self.rows.push(1.0);
            add_products(&mut self.products, &self.rows[start..], 1.0);
        }
    }
}

impl FromIterator<Vec<f64>> for Deviates {
    fn from_iter<T: IntoIterator<Item = Vec<f64>>>(trials: T) -> Deviates {
        let mut all = Deviates::default();
        all.extend(trials);
        all
    }
}

fn add_products(products: &mut [f64], row: &[f64], times: f64) {
    let mut rest = products;
    for (i, x) in row.iter().enumerate() {
        let (products, later) = rest.split_at_mut(i + 1);
        for (product, y) in products.iter_mut().zip(row) {
            *product += times * x * y;
        }
        rest = later;
    }
}

impl Sample {
    /// The mean with the part taken out that the deviates of the same trials explain.
    ///
    /// Linear control variates (Lavenberg and Welch 1981, *A perspective on the use of control variables*): the constant
    /// of an ordinary regression on them, with the standard error of that constant. Its bias is of the order of one over
    /// the number of trials. None where there are fewer than twenty trials to a deviate, or deviates that say the same.
    pub fn adjusted_mean(&self, deviates: &Deviates) -> Option<Point> {
        let width = deviates.width;
        let n = self.values().len();
        if width == 0 || n < 20 * width {
            return None;
        }
        let mean = self.values().iter().sum::<f64>() / n as f64;
        // Sums of squares and products of the deviates, 1 and the value; in this order, so that the pivot of 1 is what is
        // left of the trials' number once the deviates are taken out, of which the constant's variance is made.
        let mut products = deviates.products.clone();
        let mut with_value = vec![0.0; width + 1];
        for (row, value) in deviates.rows.chunks_exact(width).zip(self.by_trial()) {
            let Some(value) = value else {
                add_products(&mut products, row, -1.0);
                continue;
            };
            let value = value - mean;
            for (product, x) in with_value.iter_mut().zip(row) {
                *product += value * x;
            }
            with_value[width] += value * value;
        }
        let mut matrix = Vec::new();
        let mut rest = products.as_slice();
        for i in 1..=width {
            let (row, later) = rest.split_at(i);
            matrix.push(row.to_vec());
            rest = later;
        }
        matrix.push(with_value);
        let factor = cholesky(matrix)?;
        let (constant, value) = (&factor[width - 1], &factor[width]);
        let residual = value[width] * value[width] / (n - width) as f64;
        Some(Point {
            value: mean + value[width - 1] / constant[width - 1],
            se: residual.sqrt() / constant[width - 1],
        })
    }
}

/// Lower factor of a positive definite matrix given by its lower triangle; none where a row but the last is a combination of those above.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    for i in 0..n {
        for j in 0..=i {
            let (above, from) = matrix.split_at(i);
            let (row, pivot) = (&from[0], above.get(j).unwrap_or(&from[0]));
            let rest = row[j] - row[..j].iter().zip(&pivot[..j]).map(|(x, y)| x * y).sum::<f64>();
            matrix[i][j] = if i > j {
                rest / matrix[j][j]
            } else if rest > 1e-9 * matrix[i][i] {
                rest.sqrt()
            } else if i + 1 == n {
                0.0
            } else {
                return None;
            };
        }
    }
    Some(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 without a pattern, with mean about 0.
    fn noise(i: usize, salt: u64) -> f64 {
        let mixed = (i as u64 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ salt << 17)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// With one deviate the constant is `ȳ - b x̄`, b = Sxy / Sxx.
    #[test]
    fn one_deviate_gives_the_textbook_line() {
        let n = 500;
        let x: Vec<f64> = (0..n).map(|i| noise(i, 1)).collect();
        let y: Vec<f64> = (0..n).map(|i| 3.0 + 2.0 * x[i] + 0.3 * noise(i, 2)).collect();
        let (mean_x, mean_y) = (x.iter().sum::<f64>() / n as f64, y.iter().sum::<f64>() / n as f64);
        let sxx: f64 = x.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
        let sxy: f64 = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let slope = sxy / sxx;
        let found = Sample::of(y.clone())
            .adjusted_mean(&x.iter().map(|&x| vec![x]).collect())
            .unwrap();
        assert!((found.value - (mean_y - slope * mean_x)).abs() < 1e-12, "{found:?}");
        let residuals: f64 = x
            .iter()
            .zip(&y)
            .map(|(x, y)| y - mean_y - slope * (x - mean_x))
            .map(|e| e * e)
            .sum();
        let n = n as f64;
        let se = (residuals / (n - 2.0) * (1.0 / n + mean_x * mean_x / sxx)).sqrt();
        assert!((found.se - se).abs() < 1e-12, "{} {se}", found.se);
    }

    #[test]
    fn a_number_wholly_explained_has_no_error_left() {
        let rows: Vec<Vec<f64>> = (0..200).map(|i| vec![noise(i, 3), noise(i, 4)]).collect();
        let deviates = rows.iter().cloned().collect();
        let y = |x: &Vec<f64>| 5.0 + x[0] - 4.0 * x[1];
        let found = Sample::of(rows.iter().map(y).collect())
            .adjusted_mean(&deviates)
            .unwrap();
        assert!((found.value - 5.0).abs() < 1e-9 && found.se < 1e-6, "{found:?}");
        // Trials in which the number does not exist say nothing, whatever they drew.
        let above: Vec<f64> = rows.iter().map(y).collect();
        let below: Vec<f64> = (0..200).map(|i| f64::from(u8::from(i % 7 != 0))).collect();
        let found = Sample::ratio(&above, &below).adjusted_mean(&deviates).unwrap();
        assert!((found.value - 5.0).abs() < 1e-9 && found.se < 1e-6, "{found:?}");
    }

    #[test]
    fn too_few_trials_and_deviates_that_say_the_same_are_refused() {
        let same = (0..200).map(|i| vec![noise(i, 5), 2.0 * noise(i, 5)]).collect();
        let y = Sample::of((0..200).map(|i| noise(i, 6)).collect());
        assert_eq!(y.adjusted_mean(&same), None);
        assert_eq!(Sample::of(vec![1.0; 10]).adjusted_mean(&same), None);
        assert_eq!(y.adjusted_mean(&Deviates::default()), None);
    }

    #[test]
    fn twenty_trials_to_a_deviate_are_enough() {
        let rows = |n| (0..n).map(|i| vec![noise(i, 3), noise(i, 4)]).collect::<Deviates>();
        let y = |n| Sample::of((0..n).map(|i| noise(i, 6)).collect());
        assert_eq!(y(59).adjusted_mean(&rows(59)), None);
        assert!(y(60).adjusted_mean(&rows(60)).is_some());
        let silent = vec![vec![0.0, 0.0]; 60].into_iter().collect();
        assert_eq!(y(60).adjusted_mean(&silent), None, "they say nothing");
    }
}
