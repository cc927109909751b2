use super::{SLACK, Sense, count, number, percent};

/// Customers of a tenth of revenue have to be named in US accounts (ASC 280-10-50-42).
const MAJOR: f64 = 0.1;
/// Share of a segment's ARR that may be past its notice date at month 0.
const DECIDED: f64 = 0.25;

impl Sense<'_> {
    /// The accounts under contract at month 0.
    pub(super) fn book(&mut self) {
        self.luck();
        self.concentration();
        self.decided_already();
    }

    /// A target nearer to what is expected than luck alone scatters a year.
    fn luck(&mut self) {
        let whole = self.whole;
        let (Some(target), Some(year), Some(luck)) = (self.scenario.targets.grr, whole.year(), whole.luck()) else {
            return;
        };
        let gap = (target - year.grr()).abs();
        if self.scenario.horizon < 12 || luck <= SLACK || luck <= gap {
            return;
        }
        let says = format!(
            "Luck alone moves the one-year GRR of {} by {} points either way (one standard deviation); your target of {} lies {} points from the {} expected.",
            count(whole.accounts, "account"),
            number(100.0 * luck, 1),
            percent(target),
            number(100.0 * gap, 1),
            percent(year.grr())
        );
        let above = match year.grr() + luck {
            high if high < 1.0 => format!(" or above {}", percent(high)),
            _ => String::new(),
        };
        let fix = format!(
            "Read the band and not whether one year meets the target: only a target below {}{above} says something of this book.",
            percent(year.grr() - luck)
        );
        self.found("luck-beyond-gap", "targets.grr", says, fix);
    }

    fn concentration(&mut self) {
        let mut largest = (0, 0);
        for (s, openings) in self.book.iter().enumerate() {
            for opening in openings {
                largest = largest.max((opening.arr.minor(), s));
            }
        }
        let (arr, s) = largest;
        let share = arr as f64 / self.whole.arr.max(1.0);
        if share < MAJOR || self.whole.accounts < 2.0 {
            return;
        }
        let accounts = self.scenario.accounts.as_deref().unwrap_or_default();
        let named = accounts.iter().position(|account| account.arr.minor() == arr);
        let (name, path) = match named {
            Some(i) => (accounts[i].name.clone(), format!("book.accounts[{i}].arr")),
            None => (
                format!("The largest account of {}", self.scenario.segments[s].name),
                format!("segments[{s}].arr.max"),
            ),
        };
        let says = format!(
            "{name} is {} of ARR, {} of {}: its loss alone takes that many points of GRR.",
            percent(share),
            self.money(arr as f64),
            self.money(self.whole.arr)
        );
        let fix = match named {
            Some(_) => "Give it a churn of its own, and read GRR with and without it.",
            None => {
                "Type a lower largest ARR if no account is that large, or import the book and give it a churn of its own."
            }
        };
        self.found("concentration", path, says, fix.to_owned());
    }

    fn decided_already(&mut self) {
        for s in 0..self.book.len() {
            let segment = &self.scenario.segments[s];
            let arr = self.holdings[s].arr;
            let past = |end: u32| segment.auto_renew && end <= segment.notice_months;
            let decided: i64 = self.book[s]
                .iter()
                .filter(|opening| past(opening.end))
                .map(|opening| opening.arr.minor())
                .sum();
            let share = decided as f64 / arr.max(1.0);
            if share < DECIDED {
                continue;
            }
            let says = format!(
                "{} of the ARR of {} ends within its {} of notice, so it is decided in month 1, before the team can do anything.",
                percent(share),
                segment.name,
                count(segment.notice_months.into(), "month")
            );
            let fix = "Leave out accounts that have given notice, or type a shorter notice.".to_owned();
            self.found("decided-already", format!("segments[{s}].notice_months"), says, fix);
        }
    }
}
