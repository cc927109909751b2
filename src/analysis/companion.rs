use crate::kernel::Layers;
use crate::model::{CoverageRule, Scenario};

/// A run of the same scenario with one thing changed, beside the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Companion {
    /// Every hour asked is given.
    FullCoverage,
    /// No hour is given and nobody hands over: the twin without the team.
    NoCoverage,
    /// The same rates and shock, other luck.
    OtherLuck,
    /// The same rates, another shock and other luck.
    OtherShock,
}

/// Where other luck comes from: trials that no run reaches.
const ELSEWHERE: u32 = 1 << 31;

impl Companion {
    /// In the order in which they are played.
    pub const ALL: [Companion; 4] = [
        Companion::NoCoverage,
        Companion::OtherLuck,
        Companion::OtherShock,
        Companion::FullCoverage,
    ];

    /// Trials that are enough, paired with those of the run: for the mean of a small difference, for the distribution of
    /// what the team is worth, for shares of variance to some six in a hundred.
    fn trials(self) -> u32 {
        match self {
            Companion::FullCoverage => 250,
            Companion::NoCoverage | Companion::OtherLuck | Companion::OtherShock => 300,
        }
    }

    /// The scenario it plays; none where it would say nothing new.
    pub fn scenario(self, of: &Scenario) -> Option<Scenario> {
        let coverage = match self {
            Companion::FullCoverage => CoverageRule::Full,
            Companion::NoCoverage => CoverageRule::None,
            Companion::OtherLuck | Companion::OtherShock => of.coverage,
        };
        let changes_coverage = matches!(self, Companion::FullCoverage | Companion::NoCoverage);
        if changes_coverage && of.coverage == coverage {
            return None;
        }
        let mut scenario = Scenario {
            coverage,
            trials: of.trials.min(self.trials()),
            ..of.clone()
        };
        if changes_coverage {
            // Nobody asks these for CLTV, so none of them looks past the horizon.
            scenario.economics.cltv_years = 1;
        }
        if self == Companion::FullCoverage {
            // It tells the GRR of the first contract year.
            scenario.horizon = scenario.horizon.min(12);
        }
        Some(scenario)
    }

    /// The trials from which trial number so many takes its layers.
    pub fn layers(self, trial: u32) -> Layers {
        let other = trial ^ ELSEWHERE;
        match self {
            Companion::FullCoverage | Companion::NoCoverage => Layers::from(trial),
            Companion::OtherLuck => Layers {
                luck: other,
                ..Layers::from(trial)
            },
            Companion::OtherShock => Layers {
                luck: other,
                shock: other,
                ..Layers::from(trial)
            },
        }
    }
}
