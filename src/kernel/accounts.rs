use crate::kernel::stream::account_key;
use crate::model::Opening;
use crate::units::logit;

/// No month: the byte that no calendar column reaches.
pub(crate) const NEVER: u8 = u8::MAX;

/// What claims an account's hours ahead of its health; a state is `3 × mode + health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing: hours follow health.
    Health = 0,
    /// New, not yet at value.
    Onboarding = 1,
    /// In the renewal window.
    Window = 2,
}

/// Modes times health states.
pub(crate) const STATES: usize = 9;

/// State bytes of onboarding accounts.
pub(crate) const ONBOARDING: [u8; 3] = [3, 4, 5];

/// What a decision came to, kept until the contract ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Renews as it is.
    Flat,
    /// Leaves at the contract end.
    Churn,
    /// Renews at a lower ARR.
    Downsell,
    /// Renews at a higher ARR.
    Expansion,
}

/// Accounts of one segment as columns; a churned account's place is taken by the last one.
///
/// Calendar columns are bytes, so that the few accounts a month concerns are found by a vector search.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    /// Address of the account's draws.
    pub(crate) key: Vec<u64>,
    /// `3 × mode + health`.
    pub(crate) state: Vec<u8>,
    /// Memory of coverage, 1 for always covered.
    pub(crate) memory: Vec<f64>,
    /// ARR now, in minor units.
    pub(crate) arr: Vec<i64>,
    /// ARR at the start of the account, for the limit to its growth.
    pub(crate) start: Vec<i64>,
    /// ARR at month 0; 0 for accounts that joined later.
    pub(crate) opening: Vec<i64>,
    /// ARR at the opening of the window; 0 for accounts that joined in it.
    pub(crate) window: Vec<i64>,
    /// Whether the account was under contract at month 0 (bit 0) and at the opening of the window (bit 1).
    pub(crate) cohort: Vec<u8>,
    /// Month of the next decision.
    pub(crate) decision: Vec<u8>,
    /// Month of the contract end.
    pub(crate) end: Vec<u8>,
    /// Contract length.
    pub(crate) term: Vec<u8>,
    /// Months since the last decision, as the next one will count them.
    pub(crate) length: Vec<u8>,
    /// Month of the year, 0 to 11, of the anniversary.
    pub(crate) anniversary: Vec<u8>,
    /// First month in which a renewal brings the uplift.
    pub(crate) uplift_due: Vec<u8>,
    /// Outcome of a decision not yet booked.
    pub(crate) pending: Vec<Decision>,
    /// Months of onboarding done.
    pub(crate) progress: Vec<f32>,
    /// Months spent onboarding.
    pub(crate) onboarding: Vec<u8>,
    /// Log-odds of the account's own churn above its segment's.
    pub(crate) own: Vec<f64>,
}

/// An account about to be put under contract.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joining {
    pub(crate) key: u64,
    pub(crate) state: u8,
    pub(crate) arr: i64,
    pub(crate) cohort: u8,
    pub(crate) decision: u32,
    pub(crate) end: u32,
    pub(crate) term: u32,
    pub(crate) anniversary: u32,
    pub(crate) own: f64,
}

impl Accounts {
    pub(crate) fn len(&self) -> usize {
        self.key.len()
    }

    pub(crate) fn push(&mut self, account: Joining) {
        self.key.push(account.key);
        self.state.push(account.state);
        self.memory.push(1.0);
        self.arr.push(account.arr);
        self.start.push(account.arr);
        let opening = account.cohort != 0;
        self.opening.push(if opening { account.arr } else { 0 });
        self.window.push(if opening { account.arr } else { 0 });
        self.cohort.push(account.cohort);
        self.decision.push(month_byte(account.decision));
        self.end.push(month_byte(account.end));
        self.term.push(account.term as u8);
        self.length.push(account.term as u8);
        self.anniversary.push((account.anniversary % 12) as u8);
        self.uplift_due.push(month_byte(account.anniversary));
        self.pending.push(Decision::Flat);
        self.progress.push(0.0);
        self.onboarding.push(0);
        self.own.push(account.own);
    }

    pub(crate) fn remove(&mut self, i: usize) {
        self.key.swap_remove(i);
        self.state.swap_remove(i);
        self.memory.swap_remove(i);
        self.arr.swap_remove(i);
        self.start.swap_remove(i);
        self.opening.swap_remove(i);
        self.window.swap_remove(i);
        self.cohort.swap_remove(i);
        self.decision.swap_remove(i);
        self.end.swap_remove(i);
        self.term.swap_remove(i);
        self.length.swap_remove(i);
        self.anniversary.swap_remove(i);
        self.uplift_due.swap_remove(i);
        self.pending.swap_remove(i);
        self.progress.swap_remove(i);
        self.onboarding.swap_remove(i);
        self.own.swap_remove(i);
    }

    /// Takes over another set of accounts without giving up the room already held.
    pub(crate) fn copy_from(&mut self, other: &Accounts) {
        fn copy<T: Copy>(to: &mut Vec<T>, from: &[T]) {
            to.clear();
            to.extend_from_slice(from);
        }
        copy(&mut self.key, &other.key);
        copy(&mut self.state, &other.state);
        copy(&mut self.memory, &other.memory);
        copy(&mut self.arr, &other.arr);
        copy(&mut self.start, &other.start);
        copy(&mut self.opening, &other.opening);
        copy(&mut self.window, &other.window);
        copy(&mut self.cohort, &other.cohort);
        copy(&mut self.decision, &other.decision);
        copy(&mut self.end, &other.end);
        copy(&mut self.term, &other.term);
        copy(&mut self.length, &other.length);
        copy(&mut self.anniversary, &other.anniversary);
        copy(&mut self.uplift_due, &other.uplift_due);
        copy(&mut self.pending, &other.pending);
        copy(&mut self.progress, &other.progress);
        copy(&mut self.onboarding, &other.onboarding);
        copy(&mut self.own, &other.own);
    }

    pub(crate) fn mode(&self, i: usize) -> Mode {
        match self.state[i] / 3 {
            0 => Mode::Health,
            1 => Mode::Onboarding,
            _ => Mode::Window,
        }
    }

    pub(crate) fn health(&self, i: usize) -> usize {
        usize::from(self.state[i] % 3)
    }

    pub(crate) fn set_mode(&mut self, i: usize, mode: Mode) {
        self.state[i] = 3 * mode as u8 + self.state[i] % 3;
    }

    /// Whether month `month` lies in the renewal window of the next decision.
    pub(crate) fn in_window(&self, i: usize, month: u32, window: u32) -> bool {
        let decision = u32::from(self.decision[i]);
        self.term[i] > 1 && decision >= month && decision < month + window
    }
}

/// The accounts of one segment at month 0, those of rolling monthly contracts apart.
pub(crate) fn opening(
    openings: &[Opening],
    segment: usize,
    notice: u32,
    window: u32,
    logit_churn: f64,
) -> (Accounts, Accounts) {
    let (mut termed, mut rolling) = (Accounts::default(), Accounts::default());
    for (position, opening) in openings.iter().enumerate() {
        let joining = Joining {
            key: account_key(segment, 0, position),
            // Health that the book leaves open is drawn in each trial; `NEVER` marks it.
            state: opening.health.map_or(NEVER, |health| health as u8),
            arr: opening.arr.minor(),
            cohort: 0b11,
            decision: decision_month(opening.end, opening.term, notice, 0),
            end: opening.end,
            term: opening.term,
            anniversary: opening.anniversary,
            own: opening.churn.map_or(0.0, |churn| logit(churn) - logit_churn),
        };
        if opening.term == 1 && opening.end == 1 {
            rolling.push(joining);
        } else {
            termed.push(joining);
            let i = termed.len() - 1;
            if termed.state[i] != NEVER && termed.in_window(i, 1, window) {
                termed.set_mode(i, Mode::Window);
            }
        }
    }
    (termed, rolling)
}

/// Month of the decision on a contract that ends in `end`, where the last one was booked in `since`.
pub(crate) fn decision_month(end: u32, term: u32, notice: u32, since: u32) -> u32 {
    end.saturating_sub(notice.min(term - 1)).max(since + 1)
}

/// A month as a calendar byte.
pub(crate) fn month_byte(month: u32) -> u8 {
    u8::try_from(month).unwrap_or(NEVER)
}
