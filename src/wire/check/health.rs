use super::{Checker, Limits, SHARE};
use crate::model::{Covered, Family, HealthRule, Matrix, Uncovered};
use crate::wire::scenario::{CoveredInput, HealthRuleInput, StepsInput, UncoveredInput};

impl Checker {
    fn matrix(&mut self, path: &str, matrix: Matrix) -> Matrix {
        for (i, row) in matrix.iter().enumerate() {
            self.triple(&format!("{path}[{i}]"), *row, SHARE);
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > 1e-6 {
                self.fault(format!("{path}[{i}]"), format!("adds up to {sum}, not to 1"));
            }
        }
        matrix.map(|row| {
            let sum: f64 = row.iter().sum();
            row.map(|p| p / sum)
        })
    }

    fn steps(&mut self, path: &str, steps: StepsInput) -> Matrix {
        for (name, p) in [
            ("green_yellow", steps.green_yellow),
            ("yellow_green", steps.yellow_green),
            ("yellow_red", steps.yellow_red),
            ("red_yellow", steps.red_yellow),
        ] {
            self.number(format!("{path}.{name}"), p, SHARE);
        }
        let out = steps.yellow_green + steps.yellow_red;
        if out > 1.0 {
            self.fault(
                path,
                format!("moves {out} of yellow accounts a month, more than all of them"),
            );
        }
        [
            [1.0 - steps.green_yellow, steps.green_yellow, 0.0],
            [steps.yellow_green, 1.0 - out, steps.yellow_red],
            [0.0, steps.red_yellow, 1.0 - steps.red_yellow],
        ]
    }

    pub(super) fn health(&mut self, at: &str, h: &HealthRuleInput, mix: [f64; 3]) -> HealthRule {
        let before = self.faults.len();
        let speed = self.rate(
            &format!("{at}.speed"),
            h.speed,
            Family::Probability,
            Limits::Below(0.0, 1.0),
        );
        let covered = match h.covered {
            None => Covered::Speed(speed),
            Some(CoveredInput::Steps(steps)) => Covered::Matrix(self.steps(&format!("{at}.covered.steps"), steps)),
            Some(CoveredInput::Matrix(matrix)) => Covered::Matrix(self.matrix(&format!("{at}.covered.matrix"), matrix)),
        };
        let uncovered = match h.uncovered {
            None => Uncovered::FromEffect,
            Some(UncoveredInput::Mix(mix)) => Uncovered::Mix(self.weights(&format!("{at}.uncovered.mix"), mix)),
            Some(UncoveredInput::Steps(steps)) => {
                Uncovered::Matrix(self.steps(&format!("{at}.uncovered.steps"), steps))
            }
            Some(UncoveredInput::Matrix(matrix)) => {
                Uncovered::Matrix(self.matrix(&format!("{at}.uncovered.matrix"), matrix))
            }
        };
        if self.faults.len() == before && matches!(covered, Covered::Speed(_)) {
            self.one_step_chain(at, mix, speed.median());
        }
        HealthRule {
            mix,
            covered,
            uncovered,
        }
    }

    /// The mix and speed must belong to a chain that moves one step a month.
    fn one_step_chain(&mut self, at: &str, [green, yellow, red]: [f64; 3], speed: f64) {
        let gap = (yellow > 0.0 && green == 0.0) || (red > 0.0 && yellow == 0.0);
        if gap && speed > 0.0 {
            self.fault(format!("{at}.mix"), "skips a colour; accounts move one step at a time");
            return;
        }
        let mend = 1.0 - libm::cbrt(1.0 - speed);
        if green > 0.0 && mend * yellow / green > 1.0 {
            let rule = "asks more than all green accounts to turn yellow in a month at this speed";
            self.fault(format!("{at}.mix"), rule);
        }
        if yellow > 0.0 && mend + mend * red / yellow > 1.0 {
            let rule = "asks more than all yellow accounts to move in a month at this speed";
            self.fault(format!("{at}.mix"), rule);
        }
    }
}
