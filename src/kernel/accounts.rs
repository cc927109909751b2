use std::hint::black_box;

use crate::kernel::column::List;
use crate::kernel::outline::{self, ByRow, ByState, Outlines, Part};
use crate::kernel::stream::{Address, Stream, account_key};
use crate::kernel::workload::CLASS;
use crate::model::{Calibration, Opening, Term};
use crate::units::logit;

/// No month: the byte that no calendar column reaches.
pub(crate) const NEVER: u8 = u8::MAX;

/// Calendar bytes from here up stand for a month of the year, in every year; those below for one month alone.
///
/// A yearly contract that goes on needs nothing written down for it.
const YEARLY: u8 = 240;

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

/// Contracts that a nearest cache holds beside what else is read: of more, the first would be gone before their turn.
pub(crate) const NEAR: usize = 128;

/// No account: the index that none reaches.
const NOBODY: u32 = u32::MAX;

/// Bands of own churn; the last is open.
pub(crate) const LEVELS: usize = 16;

/// Modes times health states.
pub(crate) const STATES: usize = 9;

/// Bits of the state in a row.
pub(crate) const STATE: u8 = 15;

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

/// Accounts of one segment; a churned account's place is taken by the last one.
///
/// What every month reads is in columns, the calendar as bytes, so that the few accounts a month concerns are found by
/// a vector search; what only an event reads stands together, so that an event touches one cache line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    /// Address of the account's draws.
    pub(crate) key: Vec<u64>,
    /// Leading bits of what the months hold for each account, by [`Part`].
    outlines: [Outlines; 3],
    /// `16 × level + 3 × mode + health`: the level says in which band the account's own churn lies.
    row: Vec<u8>,
    /// What [`Missed`] needs to tell how much coverage each account has missed. Half as wide as the rest of the arithmetic, so
    /// that more of it stays near; what it makes of a memory is off by less than 1e-6.
    missed: Vec<f32>,
    /// Month of the next decision, or of every year's.
    pub(crate) decision: Vec<u8>,
    /// Month of the contract end, or of every year's.
    pub(crate) end: Vec<u8>,
    /// First month in which a renewal brings the uplift.
    pub(crate) uplift_due: Vec<u8>,
    /// Month of the year, 0 to 11, of the anniversaries inside a term; [`NEVER`] where terms have none.
    pub(crate) anniversary: Vec<u8>,
    /// The rest.
    pub(crate) contract: Vec<Contract>,
    /// Who is at each place in the row in which accounts are dealt to seats; [`NOBODY`] where none of these is.
    at_place: Vec<u32>,
    /// Places of those that onboard, and of some that have left since.
    pub(crate) onboarding: Vec<u32>,
    /// ARR of all of them.
    pub(crate) arr: i64,
    /// How many are in each state.
    pub(crate) census: [u32; 16],
    /// How many are in each level.
    pub(crate) levels: [u32; LEVELS],
    /// How the month's coverage enters their memory.
    pub(crate) memory: Missed,
    /// Those whose calendar is that of every year, by the month of the year in which their contract ends.
    pub(crate) yearly: [Yearly; 12],
}

/// Contracts that end in the same month of every year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Yearly {
    /// How many they are.
    pub(crate) accounts: u32,
    /// Their ARR.
    pub(crate) arr: i64,
}

/// Coverage missed, as the memory of accounts: `1 - w̄`, where `w̄ ← w̄ + (w(c) - w̄)/12` each month.
///
/// Every account of a work class takes the same monthly step, so only the steps are kept: an account that stays in
/// its class has missed `m dᵗ + g(class)`, d = 11/12, and its `m` changes when its class does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Missed {
    /// `g`: what an account would have missed that has been in this class ever since month 0.
    by_class: [f64; 5],
    /// `g d⁻ᵗ` of the class of each state.
    by_state: [f32; 16],
    /// `dᵗ`.
    decay: f64,
    /// Not below what any account has missed.
    pub(crate) most: f64,
}

impl Default for Missed {
    fn default() -> Missed {
        Missed {
            by_class: [0.0; 5],
            by_state: [0.0; 16],
            decay: 1.0,
            most: 0.0,
        }
    }
}

impl Missed {
    /// Enters the month's response to coverage, by work class.
    // Apart, so that what it comes to is copied whole.
    #[inline(never)]
    pub(crate) fn advance(&mut self, responses: &[f64; 5]) {
        for (missed, w) in self.by_class.iter_mut().zip(responses) {
            *missed += (1.0 - w - *missed) * MEMORY;
        }
        self.decay -= self.decay * MEMORY;
        let by_class = self.by_class.map(|missed| (missed / self.decay) as f32);
        for (missed, class) in self.by_state.iter_mut().zip(CLASS) {
            *missed = by_class[class as usize];
        }
        let lowest = responses.iter().copied().fold(1.0, f64::min);
        self.most += (1.0 - lowest - self.most) * MEMORY;
    }

    #[inline(always)]
    fn of(&self, state: u8) -> f32 {
        self.by_state[usize::from(state & STATE)]
    }
}

/// Coverage is remembered over a year: a twelfth of the gap closes each month.
const MEMORY: f64 = 1.0 / 12.0;

/// What only an event reads of an account.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Contract {
    /// ARR now, in minor units.
    pub(crate) arr: i64,
    /// ARR at the start of the account, for the limit to its growth.
    pub(crate) start: i64,
    /// ARR at month 0; 0 for accounts that joined later.
    pub(crate) opening: i64,
    /// ARR at the opening of the window; 0 for accounts that joined in it.
    pub(crate) window: i64,
    /// Log-odds of the account's own churn above its segment's.
    pub(crate) own: f64,
    /// ARR lost since the opening of the window.
    pub(crate) lost: i64,
    /// Months of onboarding done.
    pub(crate) progress: f32,
    /// Place in the row in which accounts are dealt to seats.
    pub(crate) place: u32,
    /// Twelfths of a year of decisions survived; of a rolling contract, less the months since, and of one whose calendar
    /// is that of every year, less the month of the end that the next decision is about.
    pub(crate) survived: i16,
    /// Whether the account was under contract at month 0 (bit 0) and at the opening of the window (bit 1).
    pub(crate) cohort: u8,
    /// Contract length.
    pub(crate) term: u8,
    /// Outcome of a decision not yet booked.
    pub(crate) pending: Decision,
    /// Whether a churn decided on was out of any CSM's reach.
    pub(crate) out_of_reach: bool,
    /// Months spent onboarding.
    pub(crate) onboarding: u8,
    /// Month in which the contract ends, past any opt-outs, or that of every year.
    pub(crate) last: u8,
}

/// The columns that a renewal writes, of one length.
pub(crate) struct Calendar<'a> {
    pub(crate) contract: &'a mut [Contract],
    pub(crate) decision: &'a mut [u8],
    pub(crate) end: &'a mut [u8],
    pub(crate) uplift_due: &'a mut [u8],
    pub(crate) yearly: &'a mut [Yearly; 12],
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
    /// Month in which the contract ends, past any opt-outs.
    pub(crate) last: u32,
    pub(crate) own: f64,
    pub(crate) level: u8,
    pub(crate) place: u32,
    pub(crate) survived: i16,
}

impl Accounts {
    pub(crate) fn len(&self) -> usize {
        self.key.len()
    }

    pub(crate) fn push(&mut self, account: Joining) {
        let place = account.place as usize;
        if place >= self.at_place.len() {
            self.at_place.resize(place + 1, NOBODY);
        }
        self.at_place[place] = self.len() as u32;
        if account.state / 3 == Mode::Onboarding as u8 {
            self.onboarding.push(account.place);
        }
        self.key.push(account.key);
        self.row.push(16 * account.level + account.state);
        self.missed.push(-self.memory.of(account.state));
        self.census[usize::from(account.state)] += 1;
        self.levels[usize::from(account.level)] += 1;
        self.decision.push(month_byte(account.decision));
        self.end.push(month_byte(account.end));
        self.uplift_due.push(month_byte(account.anniversary));
        self.anniversary.push(if account.term > 12 {
            (account.anniversary % 12) as u8
        } else {
            NEVER
        });
        self.arr += account.arr;
        let opening = if account.cohort == 0 { 0 } else { account.arr };
        self.contract.push(Contract {
            arr: account.arr,
            start: account.arr,
            opening,
            window: opening,
            own: account.own,
            lost: 0,
            progress: 0.0,
            place: account.place,
            survived: account.survived,
            cohort: account.cohort,
            term: account.term as u8,
            pending: Decision::Flat,
            out_of_reach: false,
            onboarding: 0,
            last: month_byte(account.last),
        });
    }

    pub(crate) fn remove(&mut self, i: usize) {
        self.key.swap_remove(i);
        for outlines in &mut self.outlines {
            outlines.swap_remove(i, self.key.len());
        }
        let row = self.row.swap_remove(i);
        self.census[usize::from(row & STATE)] -= 1;
        self.levels[usize::from(row >> 4)] -= 1;
        self.missed.swap_remove(i);
        self.decision.swap_remove(i);
        self.end.swap_remove(i);
        self.uplift_due.swap_remove(i);
        self.anniversary.swap_remove(i);
        let contract = self.contract.swap_remove(i);
        if let Some(month) = every_year(contract.last) {
            self.yearly[month].accounts -= 1;
            self.yearly[month].arr -= contract.arr;
        }
        self.at_place[contract.place as usize] = NOBODY;
        if let Some(moved) = self.contract.get(i) {
            self.at_place[moved.place as usize] = i as u32;
        }
    }

    /// Places ever taken, in the row in which accounts are dealt to seats.
    pub(crate) fn places(&self) -> u32 {
        self.at_place.len() as u32
    }

    /// The account at a place.
    pub(crate) fn at_place(&self, place: u32) -> Option<usize> {
        let i = self.at_place[place as usize];
        (i != NOBODY).then_some(i as usize)
    }

    /// Takes over another set of accounts without giving up the room already held.
    pub(crate) fn copy_from(&mut self, other: &Accounts) {
        fn copy<T: Copy>(to: &mut Vec<T>, from: &[T]) {
            to.clear();
            to.extend_from_slice(from);
        }
        copy(&mut self.key, &other.key);
        for outlines in &mut self.outlines {
            outlines.clear();
        }
        copy(&mut self.row, &other.row);
        // Nobody has missed anything yet.
        self.missed.clear();
        self.missed.resize(other.len(), 0.0);
        copy(&mut self.decision, &other.decision);
        copy(&mut self.end, &other.end);
        copy(&mut self.uplift_due, &other.uplift_due);
        copy(&mut self.anniversary, &other.anniversary);
        copy(&mut self.contract, &other.contract);
        copy(&mut self.at_place, &other.at_place);
        copy(&mut self.onboarding, &other.onboarding);
        self.arr = other.arr;
        self.census = other.census;
        self.levels = other.levels;
        self.memory = other.memory;
        self.yearly = other.yearly;
    }

    /// Puts an account into another state.
    #[inline(always)]
    pub(crate) fn set_state(&mut self, i: usize, state: u8) {
        let row = self.row[i];
        let old = row & STATE;
        self.row[i] = row - old + state;
        recount(&mut self.census, old, state);
        self.missed[i] += self.memory.of(old) - self.memory.of(state);
    }

    /// Puts the listed accounts into the state that their old one and the outline of their number of a part make; where it
    /// leaves that open, the number itself.
    #[inline(always)]
    pub(crate) fn change_states(
        &mut self,
        of: &List,
        (part, rest): (Part, Address),
        by_outline: impl Fn(u8, u8) -> Option<u8>,
        by_number: impl Fn(u8, u32) -> u8,
    ) {
        let n = self.len();
        let (key, row, missed) = (&self.key[..n], &mut self.row[..n], &mut self.missed[..n]);
        let outlines = self.outlines[part as usize].of_month();
        let outlines = &outlines[..n];
        for &i in of.iter() {
            let i = i as usize;
            let old = row[i] & STATE;
            let state = by_outline(old, outlines[i])
                .unwrap_or_else(|| by_number(old, outline::number(outlines[i], key[i], rest)));
            row[i] = row[i] - old + state;
            recount(&mut self.census, old, state);
            missed[i] += self.memory.of(old) - self.memory.of(state);
        }
    }

    /// Adds to the health of the listed accounts, who are all in this state, green, and have missed nothing yet: a step below
    /// the first end leaves them green, one below the second turns them yellow.
    pub(crate) fn draw_health(&mut self, (of, state): (&[u32], u8), draws: Address, ends: [u64; 2]) {
        let n = self.len();
        let (key, row) = (&self.key[..n], &mut self.row[..n]);
        let [mut left, mut red] = [0; 2];
        for &i in of {
            let i = i as usize;
            let health = ends.map(|end| u8::from(draws.step(key[i]) >= end));
            row[i] += health[0] + health[1];
            left += u32::from(health[0]);
            red += u32::from(health[1]);
        }
        let census = &mut self.census[usize::from(state)..];
        census[0] -= left;
        census[1] += left - red;
        census[2] += red;
    }

    /// Share of coverage that an account's memory is short of, `1 - w̄`.
    #[inline(always)]
    pub(crate) fn missed(&self, i: usize) -> f64 {
        let missed = f64::from(self.missed[i] + self.memory.of(self.state(i)));
        (missed * self.memory.decay).clamp(0.0, self.memory.most)
    }

    /// Draws what is lacking of the month's outlines of a part.
    pub(crate) fn draw(&mut self, part: Part, month: u32, stream: &Stream) {
        self.outlines[part as usize].draw(part, &self.key, month, stream);
    }

    /// Lists the accounts whose outline of a part does not tell that nothing happens in their state.
    pub(crate) fn telling_by_state(&self, part: Part, month: &ByState, found: &mut List) {
        self.outlines[part as usize].telling_by_state(&self.row, month, &self.census, found);
    }

    /// Lists the accounts whose outline of a part does not tell that nothing happens in their row.
    pub(crate) fn telling_by_row(&self, part: Part, month: &ByRow, found: &mut List) {
        self.outlines[part as usize].telling_by_row(&self.row, month, found);
    }

    /// An account's number of a part this month, its rest drawn there.
    #[inline(always)]
    pub(crate) fn number(&self, part: Part, i: usize, rest: Address) -> u32 {
        self.outlines[part as usize].number(i, self.key[i], rest)
    }

    /// What a decision reads first: keys, rows and contracts, of one length so that one look at an index does for all.
    pub(crate) fn columns(&self) -> (&[u64], &[u8], &[Contract]) {
        let n = self.len();
        (&self.key[..n], &self.row[..n], &self.contract[..n])
    }

    /// Brings the contracts of these accounts near. Memory answers many loads at once where none waits for the work on the
    /// one before.
    pub(crate) fn fetch(&self, of: &[u32]) {
        // Nobody reads what comes of it, and a compiler that knew would not look.
        black_box(of.iter().fold(0, |all, &i| all ^ self.contract[i as usize].arr));
    }

    /// What a renewal writes.
    pub(crate) fn calendar(&mut self) -> Calendar<'_> {
        let n = self.len();
        Calendar {
            contract: &mut self.contract[..n],
            decision: &mut self.decision[..n],
            end: &mut self.end[..n],
            uplift_due: &mut self.uplift_due[..n],
            yearly: &mut self.yearly,
        }
    }

    /// Rows of the month's table, account by account.
    pub(crate) fn rows(&self) -> &[u8] {
        &self.row
    }

    /// `3 × mode + health`.
    #[inline(always)]
    pub(crate) fn state(&self, i: usize) -> u8 {
        self.row[i] & STATE
    }

    /// Gives an account its own churn, and the level in which that lies.
    pub(crate) fn set_own(&mut self, i: usize, own: f64, level: u8) {
        self.contract[i].own = own;
        self.levels[usize::from(self.row[i] >> 4)] -= 1;
        self.levels[usize::from(level)] += 1;
        self.row[i] = 16 * level + self.state(i);
    }

    pub(crate) fn mode(&self, i: usize) -> Mode {
        match self.state(i) / 3 {
            0 => Mode::Health,
            1 => Mode::Onboarding,
            _ => Mode::Window,
        }
    }

    pub(crate) fn health(&self, i: usize) -> usize {
        usize::from(self.state(i) % 3)
    }

    #[inline(always)]
    pub(crate) fn set_mode(&mut self, i: usize, mode: Mode) {
        self.set_state(i, 3 * mode as u8 + self.state(i) % 3);
    }

    /// Whether month `month` lies in the renewal window of the next decision.
    #[inline(always)]
    pub(crate) fn in_window(&self, i: usize, month: u32, window: u32) -> bool {
        let (decision, end) = (u32::from(self.decision[i]), u32::from(self.end[i]));
        if decision >= YEARLY.into() {
            let ahead = (decision - u32::from(YEARLY) + 12 - month % 12) % 12;
            let notice = (end + 12 - decision) % 12;
            // Between a decision and the end that it is about, the next one is a year away and no window is open.
            return ahead < window && ahead + notice < 12;
        }
        self.contract[i].term > 1 && decision >= month && decision < month + window
    }
}

impl Calendar<'_> {
    /// Lets a contract that ends next in month `end`, and is decided on so many months before, do so every year.
    pub(crate) fn go_on_yearly(&mut self, i: usize, end: u32, notice: u32) {
        self.decision[i] = yearly_byte(end + 12 - notice);
        self.end[i] = yearly_byte(end);
        let contract = &mut self.contract[i];
        contract.last = self.end[i];
        contract.survived -= end as i16;
        let alike = &mut self.yearly[end as usize % 12];
        alike.accounts += 1;
        alike.arr += contract.arr;
    }
}

/// Counts an account in its new state.
#[inline(always)]
fn recount(census: &mut [u32; 16], old: u8, state: u8) {
    census[usize::from(old)] -= 1;
    census[usize::from(state & STATE)] += 1;
}

/// Accounts at month 0, and which of them have no health yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    pub(crate) accounts: Accounts,
    /// Those whose health the book leaves open, green until it is drawn in each trial, with the state they are in.
    pub(crate) undrawn: Vec<(Vec<u32>, u8)>,
    /// Those whose own churn is drawn in each trial, with their tenure.
    pub(crate) frail: Vec<(u32, u32)>,
}

/// The accounts of one segment at month 0, those of rolling monthly contracts apart.
pub(crate) fn opening(
    openings: &[Opening],
    segment: usize,
    terms: &[Term],
    (notice, window): (u32, u32),
    calibration: &Calibration,
) -> (Start, Start) {
    let logit_churn = logit(calibration.churn);
    let (mut termed, mut rolling) = (Start::default(), Start::default());
    // Whom a month concerns stand side by side, so that their contracts are read in a row.
    let mut by_calendar: Vec<(usize, &Opening)> = openings.iter().enumerate().collect();
    by_calendar.sort_by_key(|(_, opening)| (opening.end, opening.anniversary, opening.tenure));
    for (position, opening) in by_calendar {
        let rolls = opening.term == 1 && opening.end == 1;
        let step = opt_out(terms, opening.term);
        // Opt-outs come every so many months, the last of them so many before the end.
        let end = if step < opening.term {
            (opening.end - 1) % step + 1
        } else {
            opening.end
        };
        let joining = Joining {
            key: account_key(segment, 0, position),
            state: opening.health.map_or(0, |health| health as u8),
            arr: opening.arr.minor(),
            cohort: 0b11,
            decision: decision_month(end, opening.term, notice, 0),
            end,
            term: opening.term,
            anniversary: opening.anniversary,
            last: opening.end,
            own: opening.churn.map_or(0.0, |churn| {
                // It is known, so what makes up for differences between accounts does not concern it.
                let shift = if step < 12 { 0.0 } else { calibration.annual };
                logit(churn) - logit_churn - shift
            }),
            // A churn of its own is settled by no bounds.
            level: if rolls && opening.churn.is_some() {
                LEVELS as u8 - 1
            } else {
                0
            },
            place: position as u32,
            survived: (12 * opening.tenure) as i16,
        };
        let start = if rolls { &mut rolling } else { &mut termed };
        start.accounts.push(joining);
        let i = start.accounts.len() - 1;
        // Where the first decision falls as long before the end as all others.
        if (opening.term, step) == (12, 12) && end <= 12 && notice.min(11) < end {
            start.accounts.calendar().go_on_yearly(i, end, notice.min(11));
        }
        if opening.churn.is_none() {
            start.frail.push((i as u32, opening.tenure));
        }
        if start.accounts.in_window(i, 1, window) {
            start.accounts.set_mode(i, Mode::Window);
        }
        if opening.health.is_none() {
            let state = start.accounts.state(i);
            match start.undrawn.iter_mut().find(|(_, other)| *other == state) {
                Some((alike, _)) => alike.push(i as u32),
                None => start.undrawn.push((vec![i as u32], state)),
            }
        }
    }
    (termed, rolling)
}

/// Months from one possible end of a contract to the next: its opt-outs', or the whole term.
pub(crate) fn opt_out(terms: &[Term], term: u32) -> u32 {
    let stated = terms.iter().find(|t| t.months == term).and_then(|t| t.opt_out);
    stated.unwrap_or(term)
}

/// Month of the decision on a contract that ends in `end`, where the last one was booked in `since`.
pub(crate) fn decision_month(end: u32, term: u32, notice: u32, since: u32) -> u32 {
    end.saturating_sub(notice.min(term - 1)).max(since + 1)
}

/// A month as a calendar byte.
pub(crate) fn month_byte(month: u32) -> u8 {
    u8::try_from(month).ok().filter(|&byte| byte < YEARLY).unwrap_or(NEVER)
}

/// The month of every year that a month lies in, as a calendar byte.
pub(crate) fn yearly_byte(month: u32) -> u8 {
    YEARLY + (month % 12) as u8
}

/// The month of every year, 0 to 11, that a calendar byte stands for, if it does.
#[inline(always)]
pub(crate) fn every_year(byte: u8) -> Option<usize> {
    let month = usize::from(byte.wrapping_sub(YEARLY));
    (month < 12).then_some(month)
}

/// Whether a calendar byte stands for this month.
#[inline(always)]
pub(crate) fn falls_in(byte: u8, month: u32) -> bool {
    byte == month as u8 || byte == yearly_byte(month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    fn joining(key: u64, state: u8) -> Joining {
        Joining {
            key,
            state,
            arr: 100,
            cohort: 0b11,
            decision: 12,
            end: 12,
            term: 12,
            anniversary: 14,
            last: 12,
            own: 0.0,
            level: 0,
            place: 0,
            survived: 0,
        }
    }

    fn accounts(states: impl IntoIterator<Item = u8>) -> Accounts {
        let mut accounts = Accounts::default();
        for (key, state) in (0..).zip(states) {
            accounts.push(joining(key, state));
        }
        accounts
    }

    /// Each account on its own: `w̄ ← w̄ + (w - w̄)/12`, w that of the class it is in.
    #[test]
    fn memory_by_class_is_the_memory_of_each_account() {
        let mut book = accounts([0, 1, 2, 3, 6]);
        let mut remembered = vec![1.0; 5];
        for month in 1..=120_u8 {
            let responses = std::array::from_fn(|class| ((3 * usize::from(month) + 5 * class) % 7) as f64 / 7.0);
            book.memory.advance(&responses);
            for (i, w) in remembered.iter_mut().enumerate() {
                *w += (responses[CLASS[usize::from(book.state(i))] as usize] - *w) / 12.0;
                assert!((book.missed(i) - (1.0 - *w)).abs() < 1e-6, "{i} in month {month}");
                assert!(book.missed(i) <= book.memory.most);
            }
            for i in 0..5 {
                book.set_state(i, (month + 2 * i as u8) % 9);
            }
            if month == 20 {
                book.push(joining(9, 4));
                remembered.push(1.0);
            }
        }
    }

    #[test]
    fn nobody_has_missed_more_than_the_worst_covered() {
        let mut book = accounts([2]);
        for _ in 0..30 {
            book.memory.advance(&[1.0, 0.9, 0.3, 0.8, 1.0]);
        }
        assert!((book.missed(0) - book.memory.most).abs() < 1e-6);
        assert!(book.memory.most > 0.6);
    }

    #[test]
    fn the_census_counts_the_accounts_of_every_state() {
        let mut book = accounts([0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
        book.set_state(0, 7);
        book.set_mode(3, Mode::Onboarding);
        book.set_own(1, 0.5, 3);
        book.remove(2);
        let mut counted = [0; 16];
        for i in 0..book.len() {
            counted[usize::from(book.state(i))] += 1;
        }
        assert_eq!(book.census, counted);
        assert_eq!((book.state(0), book.state(3), book.state(1)), (7, 5, 1));
        assert_eq!((book.rows()[1], book.contract[1].own), (3 * 16 + 1, 0.5));
        assert_eq!((book.mode(0), book.health(0)), (Mode::Window, 1));
        assert_eq!(book.contract[0].window, 100);
        assert_eq!(book.anniversary, [NEVER; 9]);
        let mut copy = accounts([5]);
        copy.copy_from(&book);
        assert_eq!(copy.at_place, book.at_place);
        assert_eq!((copy.len(), copy.census, copy.arr), (9, book.census, 1_000));
        assert_eq!(copy.rows(), book.rows());
    }

    #[test]
    fn whoever_is_at_a_place_is_found_there() {
        let mut book = Accounts::default();
        for (key, place) in [(0, 3), (1, 0), (2, 5), (3, 1)] {
            book.push(Joining {
                place,
                ..joining(key, 0)
            });
        }
        // The last one takes the place of the first in the columns, not in the row.
        book.remove(0);
        book.remove(2);
        book.push(Joining {
            place: 5,
            ..joining(4, 0)
        });
        let found: Vec<Option<u64>> = (0..book.places())
            .map(|place| book.at_place(place).map(|i| book.key[i]))
            .collect();
        assert_eq!(found, [Some(1), Some(3), None, None, None, Some(4)]);
    }

    #[test]
    fn a_window_ends_with_the_decision() {
        let book = accounts([0]);
        let inside: Vec<u32> = (1..20).filter(|&month| book.in_window(0, month, 3)).collect();
        assert_eq!(inside, [10, 11, 12]);
        let mut rolling = Accounts::default();
        rolling.push(Joining {
            term: 1,
            ..joining(0, 0)
        });
        assert!(!rolling.in_window(0, 12, 3), "a rolling contract has none");
    }

    /// Beside an account whose months are written down anew at each end.
    #[test]
    fn a_yearly_calendar_is_that_of_every_single_year() {
        let mut opened = 0;
        for (notice, window, first) in (0..=11).flat_map(|n| (0..=14).map(move |w| (n, w, 12 - w % 3))) {
            let mut book = accounts([0, 0]);
            book.decision[0] = month_byte(first - notice.min(first - 1));
            book.end[0] = month_byte(first);
            book.calendar().go_on_yearly(1, first, notice);
            for month in 1..=60 {
                let end = u32::from(book.end[0]);
                let is_decided = notice < first || month > first;
                assert_eq!(falls_in(book.end[1], month), month == end);
                assert!(!is_decided || falls_in(book.decision[1], month) == (month == u32::from(book.decision[0])));
                if month == end {
                    book.end[0] = month_byte(end + 12);
                    book.decision[0] = month_byte(end + 12 - notice);
                }
                let windows = [0, 1].map(|i| book.in_window(i, month + 1, window));
                assert!(!is_decided || windows[0] == windows[1], "{month} {notice} {window}");
                opened += u32::from(windows[0]);
                // As decisions of that year see it.
                let end = u32::from(book.end[0]) as i16;
                assert_eq!(book.contract[1].survived + end, end - first as i16);
            }
        }
        assert!(opened > 1_000);
    }

    #[test]
    fn a_decision_falls_before_the_end_and_after_the_last() {
        assert_eq!(decision_month(12, 12, 3, 0), 9);
        assert_eq!(decision_month(2, 12, 3, 0), 1);
        assert_eq!(decision_month(24, 2, 3, 20), 23);
        assert_eq!(decision_month(24, 12, 3, 22), 23);
    }

    #[test]
    fn accounts_stand_by_calendar_and_keep_their_keys_and_places() {
        let scenario = sample::scenario();
        let segment = &scenario.segments[0];
        let template = scenario.book()[0][0];
        let book = [7, 2, 11, 2].map(|end| Opening { end, ..template });
        let calibration = Calibration::new(segment, &book);
        let (termed, _) = opening(&book, 0, &segment.terms, (0, 0), &calibration);
        let accounts = termed.accounts;
        assert_eq!(accounts.end, [2, 2, 7, 11].map(yearly_byte));
        let positions = [1, 3, 0, 2];
        assert_eq!(accounts.key, positions.map(|position| account_key(0, 0, position)));
        assert_eq!(
            accounts.contract.iter().map(|c| c.place as usize).collect::<Vec<_>>(),
            positions
        );
    }

    #[test]
    fn an_opening_account_waits_for_its_next_opt_out() {
        let scenario = sample::scenario();
        let mut segment = scenario.segments[0].clone();
        segment.terms[0].months = 36;
        segment.terms[0].opt_out = Some(12);
        let template = scenario.book()[0][0];
        let known = Opening {
            term: 36,
            end: 20,
            churn: Some(0.3),
            health: Some(crate::model::Health::Red),
            tenure: 4,
            ..template
        };
        let monthly = Opening {
            term: 1,
            end: 1,
            churn: None,
            health: None,
            ..template
        };
        let stated = Opening {
            churn: Some(0.2),
            ..monthly
        };
        let calibration = Calibration::new(&segment, &scenario.book()[0]);
        let book = [known, monthly, stated];
        let (termed, rolling) = opening(&book, 0, &segment.terms, (2, 3), &calibration);
        let accounts = &termed.accounts;
        assert_eq!((accounts.len(), rolling.accounts.len()), (1, 2));
        assert_eq!(
            (accounts.end[0], accounts.decision[0], accounts.contract[0].last),
            (8, 6, 20)
        );
        assert_eq!((accounts.rows()[0], accounts.contract[0].survived), (2, 48));
        let own = logit(0.3) - logit(calibration.churn) - calibration.annual;
        assert!((accounts.contract[0].own - own).abs() < 1e-12);
        assert_eq!((termed.undrawn.len(), termed.frail.len()), (0, 0));
        assert_eq!((rolling.undrawn, rolling.frail.len()), (vec![(vec![0, 1], 0)], 1));
        // Of the rolling ones, the one whose churn is stated is in the level that nothing settles.
        assert_eq!(rolling.accounts.rows(), [0, 16 * (LEVELS as u8 - 1)]);
        assert_eq!(
            opening(&book, 0, &segment.terms, (2, 6), &calibration)
                .0
                .accounts
                .mode(0),
            Mode::Window
        );
    }
}
