"""A second simulator of the model, by arrays of trials × accounts, months the only loop in time.

Luck is drawn where it is needed; nothing here shares draws with the first simulator.
"""

import numpy as np
from scipy.special import expit, logit

import rates
from accounts import DEAD, ONBOARDING, STATES, WINDOW, Accounts, Layout
from accounts import arr_at, decision_month, pick, whole

KEEP, CHURN, DOWNSELL, EXPAND = range(4)
# Work class of each living state, as an index into rates.WORK_CLASSES.
CLASS_OF_STATE = np.array([0, 1, 2, 3, 3, 3, 4, 4, 4])


def candidates(rng, size, ceiling):
    """Positions in 0..size whose uniform lies below the ceiling, and those uniforms.

    A Bernoulli process by its geometric gaps: Devroye (1986), Non-Uniform Random Variate
    Generation, X.2. So many gaps are drawn that they fall short of the end less than once in 10^20
    calls.
    """
    if ceiling > 0.2:
        u = rng.random(size)
        found = np.flatnonzero(u < ceiling)
        return found, u[found]
    expected = size * ceiling
    if expected == 0:
        return np.empty(0, dtype=np.intp), np.empty(0)
    gaps = rng.geometric(ceiling, int(expected + 10 * np.sqrt(expected) + 30))
    found = np.cumsum(gaps) - 1
    found = found[: np.searchsorted(found, size)]
    return found, ceiling * rng.random(found.size)


class Segment:
    """One segment over a chunk of trials."""

    def __init__(self, rng, trials, scenario, segment, stated, effects, common):
        self.rng, self.trials, self.scenario = rng, trials, scenario
        self.input, self.stated = segment, stated
        names = [touch["name"] for touch in scenario["touch_models"]]
        self.pool = names.index(segment["touch_model"])
        self.touch = scenario["touch_models"][self.pool]
        self.rates = rates.SegmentRates(
            rng, trials, scenario, segment, stated, self.touch, effects[self.pool], common
        )
        self.notice = segment["notice_months"] if segment["auto_renew"] else 0
        longest = max(term["months"] for term in segment["terms"])
        self.grows = longest > 12 and np.any(self.rates.escalator)
        self.accounts = Accounts(trials)
        self.open()

    def open(self):
        """Puts the opening accounts under contract, health drawn from the covered mix."""
        book, a = Layout(self.scenario, self.input), self.accounts
        shape = (self.trials, book.arr.size)
        a.make_room(book.arr.size)
        rolling = book.term == 1
        decision = decision_month(book.end, self.notice, 0)
        tenure = np.zeros(shape)
        if self.stated.frailty.has_tenure:
            tenure = pick(self.stated.frailty.tenure, self.rng.random(shape)).astype(float)
        a.add(
            np.ones(shape, dtype=bool),
            state=pick(self.stated.mix, self.rng.random(shape)),
            arr=book.arr,
            start=book.arr,
            opening=book.arr,
            term=book.term,
            decision=np.where(rolling, 0, decision),
            end=np.where(rolling, 0, book.end),
            last=decision - book.term,
            price=book.anniversary,
            tenure=tenure,
            own=self.stated.frailty.draw(self.rng, tenure),
        )

    def join(self, month):
        """Step 3: a twelfth of the yearly number, fractions carried over, or Poisson."""
        r, a = self.rates, self.accounts
        self.fresh = a.filled
        if self.input["new_accounts"]["arrivals"] == "poisson":
            arrivals = self.rng.poisson(r.per_year / 12)
        else:
            due = np.floor(np.array([month - 1, month])[:, None] * r.per_year / 12)
            arrivals = due[1] - due[0]
        most = int(arrivals.max())
        if most > a.places - a.filled:
            a.make_room(max(12 * most, a.places // 16))
            self.fresh = a.filled
        if most == 0:
            return
        shape = (self.trials, most)
        terms = np.array([term["months"] for term in self.input["terms"]])
        shares = np.array([term["share"] for term in self.input["terms"]])
        term = terms[pick(shares / terms, self.rng.random(shape))]
        # The page does not say when the first contract ends: here one signed in month t ends in
        # month t + L.
        end = np.where(term == 1, 0, month + term)
        arr = arr_at(self.input["arr"], self.rng.random(shape))
        claim = ONBOARDING if self.input["onboarding"]["months"] > 0 else 0
        decision = decision_month(month + term, self.notice, month)
        a.add(
            np.arange(most) < arrivals[:, None],
            state=pick(self.stated.mix, self.rng.random(shape)) + claim,
            arr=arr,
            start=arr,
            memory=1.0,
            term=term,
            decision=np.where(term == 1, 0, decision),
            end=end,
            last=decision - term,
            price=month + 12,
            own=self.stated.frailty.draw(self.rng, np.zeros(shape)),
        )

    def ask(self, month):
        """Step 4: opens renewal windows and returns accounts by state, (trials, 9)."""
        a = self.accounts
        opens = (a.decision >= month) & (a.decision < month + self.touch["renewal_window"])
        a.state[opens & (a.state < WINDOW)] += WINDOW
        self.cell = STATES * np.arange(self.trials)[:, None] + a.state
        counts = np.bincount(self.cell.reshape(-1), minlength=STATES * self.trials)
        return counts.reshape(self.trials, STATES)[:, :DEAD]

    def work(self, month, coverage, z):
        """Steps 6 to 9 under this coverage, (trials, 5) by work class."""
        self.onboard(coverage[:, 4])
        w = np.zeros((self.trials, STATES))
        w[:, :DEAD] = rates.response(coverage, self.touch["k"])[:, CLASS_OF_STATE]
        self.move(w)
        felt = w.astype(np.float32).reshape(-1).take(self.cell)
        memory = self.accounts.memory
        memory *= np.float32(11 / 12)
        memory += felt * np.float32(1 / 12)
        self.change(felt.reshape(-1), z)
        if self.grows:
            self.escalate(month)
        self.decide(month, z)
        self.decide_rolling(month, z)

    def row(self, at):
        """Trial of flat positions."""
        return at // self.accounts.places

    def onboard(self, coverage):
        """Step 6."""
        a, onboarding = self.accounts, self.input["onboarding"]
        state, progress = a.flat("state"), a.flat("progress")
        at = np.flatnonzero((state >= ONBOARDING) & (state < DEAD))
        unaided = onboarding["unaided"]
        progress[at] += unaided + (1 - unaided) * coverage[self.row(at)]
        done = at[progress[at] >= onboarding["months"] - 1e-9]
        state[done] -= ONBOARDING

    def move(self, w):
        """Step 7: linear in w between the chain without coverage and the covered one."""
        r, state = self.rates, self.accounts.flat("state")
        health = np.arange(DEAD) % 3
        low, high = r.uncovered[:, health], r.covered[:, health]
        out = np.zeros((self.trials, STATES, 2))
        out[:, :DEAD] = low + w[:, :DEAD, None] * (high - low)
        out = np.cumsum(out, axis=2).reshape(-1, 2)
        at, u = candidates(self.rng, state.size, out[:, 1].max())
        cell = self.cell.reshape(-1)[at]
        moves = u < out[cell, 1]
        at, u, cell = at[moves], u[moves], cell[moves]
        before = cell % STATES % 3
        after = rates.OTHERS[before, (u >= out[cell, 0]).astype(int)]
        state[at] += (after - before).astype(np.int8)

    def change(self, felt, z):
        """Step 8: the yearly rate by health moves under the shock, then a twelfth; contraction by
        its monthly hazard.

        The page does not say whether a month may bring both, nor whether an account that will leave
        contracts; the simulator's documentation says it does one of them at most and neither when
        it will leave.
        """
        r, a = self.rates, self.accounts
        loading = self.scenario["shock"]["rho_expansion"]
        monthly = rates.copula(r.expansion, loading, -z[:, None]) / 12
        # Contractions are cut above all that may expand.
        most = monthly.max()
        at, u = candidates(self.rng, self.cell.size, most + r.contraction.max())
        at, u = self.living(at, u)
        stays = a.flat("outcome")[at] != CHURN
        at, u = at[stays], u[stays]
        row = self.row(at)
        csm_led = r.csm_led[row]
        rate = monthly[row, a.flat("state")[at] % 3] * (1 - csm_led + csm_led * felt[at])
        self.grow(at[u < rate])
        self.shrink(at[(u >= most) & (u < most + r.contraction[row])], r.contraction_depth)

    def grow(self, at):
        """Expansion by a log-normal share of current ARR, never past the limit to growth."""
        a, arr = self.accounts, self.accounts.flat("arr")
        sd = self.input["expansion"]["log_sd"]
        share = np.exp(sd * self.rng.standard_normal(at.size) - sd * sd / 2)
        share *= self.rates.size[self.row(at)]
        limit = whole(self.input["max_growth"] * a.flat("start")[at])
        arr[at] = np.maximum(arr[at], np.minimum(whole(arr[at] * (1 + share)), limit))

    def shrink(self, at, mean):
        """Gives up a share of ARR: Beta of this mean with the downsell's α + β."""
        arr = self.accounts.flat("arr")
        depth, total = mean[self.row(at)], self.input["downsell"]["concentration"]
        arr[at] = whole(arr[at] * (1 - self.rng.beta(total * depth, total * (1 - depth))))

    def escalate(self, month):
        """The escalator, at anniversaries without a decision; one that will leave is not raised."""
        a, arr = self.accounts, self.accounts.flat("arr")
        left = a.end - month
        at = np.flatnonzero((left > 0) & (left < a.term) & (left % 12 == 0) & (a.outcome != CHURN))
        arr[at] = whole(arr[at] * (1 + self.rates.escalator[self.row(at)]))

    def living(self, at, u):
        """Those positions and uniforms at which an account is under contract."""
        alive = self.accounts.flat("state")[at] != DEAD
        return at[alive], u[alive]

    def churn(self, at, z, share, annual):
        """Steps 1 to 5 of a decision: probability of churn of the accounts at these positions."""
        r, a, row = self.rates, self.accounts, self.row(at)
        state = a.flat("state")[at]
        level = np.where(annual, self.stated.level_annual, self.stated.level_short)
        x = self.stated.risk[state % 3] + level + r.shift[row]
        shifts = r.direct[row] * (1 - a.flat("memory")[at])
        shifts += r.not_onboarded[row] * (state >= ONBOARDING)
        if self.stated.frailty.on:
            x = x + a.flat("own")[at]
        if r.uncontrollable:
            p0 = expit(x)
            reached = rates.over(1 - r.uncontrollable, p0)
            p = 1 - (1 - rates.over(r.uncontrollable, p0)) * expit(-logit(reached) - shifts)
        else:
            p = expit(x + shifts)
        p = self.stated.frailty.age(p, a.flat("tenure")[at], share)
        return rates.over(share, rates.copula(p, self.scenario["shock"]["rho"], z[row]))

    def outcomes(self, at, u, churn, share):
        """Step "renewed": churn, else downsell, else expansion, else flat, cut from 0 up.

        Expansion is cut before flat, which is the same in distribution. The page gives it no
        relative risk by health, unlike downsell.
        """
        r, row = self.rates, self.row(at)
        downsell = rates.over(share, r.downsell[row, self.accounts.flat("state")[at] % 3])
        expansion = rates.over(share, r.at_renewal[row])
        down = churn + (1 - churn) * downsell
        up = down + np.minimum((1 - churn) * expansion, 1 - down)
        cuts = [u < churn, u < down, u < up]
        return np.select(cuts, [CHURN, DOWNSELL, EXPAND], KEEP).astype(np.int8)

    def decide(self, month, z):
        """Step 9 of contracts with an end: decisions taken now, then the contracts that end now."""
        a = self.accounts
        at = np.flatnonzero(a.decision == month)
        state, decision, last = a.flat("state"), a.flat("decision"), a.flat("last")
        share = np.minimum(month - last[at], 12) / 12
        churn = self.churn(at, z, share, a.flat("term")[at] >= 12)
        a.flat("outcome")[at] = self.outcomes(at, self.rng.random(at.size), churn, share)
        a.flat("tenure")[at] += share
        decision[at], last[at] = 0, month
        state[at] -= WINDOW * ((state[at] >= WINDOW) & (state[at] < ONBOARDING)).astype(np.int8)

        at = np.flatnonzero(a.end == month)
        end = a.flat("end")
        end[at] += a.flat("term")[at]
        decision[at] = decision_month(end[at], self.notice, month)
        outcome = a.flat("outcome")[at]
        a.flat("outcome")[at] = KEEP
        self.book(at, outcome)
        at = at[(outcome != CHURN) & (outcome != DOWNSELL)]
        self.raise_prices(at[a.flat("price")[at] <= month], month)

    def decide_rolling(self, month, z):
        """Step 9 of monthly contracts, screened by a probability that none of them exceeds."""
        a = self.accounts
        if not any(term["months"] == 1 for term in self.input["terms"]):
            return
        share = 1 / 12
        at, u = candidates(self.rng, a.state.size, self.rolling_ceiling(z, share))
        at, u = self.living(at, u)
        old = (a.flat("term")[at] == 1) & (at % a.places < self.fresh)
        at, u = at[old], u[old]
        outcome = self.outcomes(at, u, self.churn(at, z, share, False), share)
        if self.stated.frailty.has_tenure:
            a.tenure[:, : self.fresh] += share * (a.term[:, : self.fresh] == 1)
        self.book(at, outcome)
        # No uplift with a downsell: the next renewal brings it.
        price, down = a.flat("price"), at[outcome == DOWNSELL]
        price[down] += price[down] == month
        self.raise_prices(np.flatnonzero((a.term == 1) & (a.price == month)), month)

    def rolling_ceiling(self, z, share):
        """Most a monthly decision can ask of its uniform, over the trials of the chunk."""
        r = self.rates
        if self.stated.frailty.has_tenure:
            return 1.0
        shifts = np.maximum(r.direct, 0) + np.maximum(r.not_onboarded, 0)
        p = expit(self.stated.risk.max() + self.stated.level_short + r.shift + shifts)
        churn = rates.over(share, rates.copula(p, self.scenario["shock"]["rho"], z))
        rest = rates.over(share, r.downsell.max(axis=1)) + rates.over(share, r.at_renewal)
        return min(1.0, (churn + rest).max())

    def book(self, at, outcome):
        """Books what decisions came to."""
        a = self.accounts
        self.shrink(at[outcome == DOWNSELL], self.rates.depth)
        self.grow(at[outcome == EXPAND])
        gone = at[outcome == CHURN]
        for name in ("arr", "decision", "end", "price", "term"):
            a.flat(name)[gone] = 0
        a.flat("state")[gone] = DEAD

    def raise_prices(self, at, month):
        """The uplift, once in 12 months."""
        a, arr = self.accounts, self.accounts.flat("arr")
        arr[at] = whole(arr[at] * (1 + self.rates.uplift[self.row(at)]))
        a.flat("price")[at] = month + 12


def allocate(order, asked, capacity):
    """Step 5: coverage by work class, (trials, 5): proportional, or classes in order."""
    if order == "proportional":
        total = asked.sum(axis=1)
        given = np.divide(capacity, total, out=np.ones_like(total), where=total > 0)
        return np.where(asked > 0, np.minimum(given, 1.0)[:, None], 1.0)
    coverage = np.ones_like(asked)
    left = np.full(len(asked), capacity)
    for name in order:
        c = rates.WORK_CLASSES.index(name)
        given = np.minimum(left, asked[:, c])
        coverage[:, c] = np.divide(given, asked[:, c], out=coverage[:, c], where=asked[:, c] > 0)
        left -= given
    return coverage


def monthly_capacity(pool):
    """Hours a month of a pool of ramped CSMs: defaults, section "Capacity and cost"."""
    year = pool["hours_year"]
    paid = year["paid"] - year["leave"] - year["sick"] - year["internal"]
    return pool["csms"] * paid * year["realised"] / 12


class Peer:
    """A scenario made ready to be played."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.stated = [rates.Stated(segment) for segment in scenario["segments"]]
        pools = {pool["touch_model"]: pool for pool in scenario["pools"]}
        touches = scenario["touch_models"]
        self.capacity = [monthly_capacity(pools[touch["name"]]) for touch in touches]
        self.hours = np.array([[t["hours"][c] for c in rates.WORK_CLASSES] for t in touches])

    def play(self, rng, trials):
        """Metrics of so many trials, and the account-months they took.

        GRR, NRR and logo retention of months 1–12, ARR at the horizon, CLTV of an opening account,
        utilisation of each pool in month 12.
        """
        scenario = self.scenario
        shock, economics = scenario["shock"], scenario["economics"]
        touches = scenario["touch_models"]
        common = rng.standard_normal(trials)
        effects = [rates.draw(rng, trials, touch["effect"], "real") for touch in touches]
        segments = [
            Segment(rng, trials, scenario, segment, stated, effects, common)
            for segment, stated in zip(scenario["segments"], self.stated)
        ]
        opening = cohort_arr(segments)

        # Half-life 0 draws the shock anew each month.
        memory = 0.5 ** (1 / shock["half_life"]) if shock["half_life"] > 0 else 0.0
        z = rng.standard_normal(trials)
        discount = (1 + economics["discount"]) ** (-1 / 12)
        payments = opening.copy()
        result, account_months = {}, 0
        last = 12 * economics["cltv_years"]
        for month in range(1, max(scenario["horizon"], last - 1) + 1):
            z = memory * z + np.sqrt(1 - memory * memory) * rng.standard_normal(trials)
            asked = np.zeros((len(touches), trials, len(rates.WORK_CLASSES)))
            for s in segments:
                s.join(month)
                counts = s.ask(month)
                account_months += int(counts.sum())
                for state, c in enumerate(CLASS_OF_STATE):
                    asked[s.pool, :, c] += counts[:, state] * self.hours[s.pool, c]
            for s in segments:
                s.work(month, self.coverage(s, asked[s.pool]), z)
            if month < last:
                payments += discount**month * cohort_arr(segments)
            if month == 12:
                result |= first_year(segments, opening)
                for touch, load, capacity in zip(touches, asked, self.capacity):
                    if capacity > 0:
                        result[f"utilisation of {touch['name']}"] = load.sum(axis=1) / capacity
            if month == scenario["horizon"]:
                result["closing_arr"] = sum(s.accounts.arr.sum(axis=1) for s in segments)
        count = sum(segment["accounts"] for segment in scenario["segments"])
        result["cltv"] = economics["gross_margin"] / 12 * payments / count
        return result, account_months

    def coverage(self, segment, asked):
        """Coverage by work class, (trials, 5)."""
        if self.scenario["coverage"] == "full":
            return np.ones_like(asked)
        return allocate(segment.touch["allocation"], asked, self.capacity[segment.pool])


def cohort_arr(segments):
    """ARR now of the opening accounts."""
    return sum(np.einsum("ij,ij->i", s.accounts.arr, s.accounts.opening > 0) for s in segments)


def first_year(segments, opening):
    """GRR, NRR and logo retention of the opening accounts."""
    kept = sum(np.minimum(s.accounts.arr, s.accounts.opening).sum(axis=1) for s in segments)
    cohort = [(s.accounts.opening > 0) & (s.accounts.state != DEAD) for s in segments]
    count = sum(s.input["accounts"] for s in segments)
    return {
        "grr": kept / opening,
        "nrr": cohort_arr(segments) / opening,
        "logo_retention": sum(alive.sum(axis=1) for alive in cohort) / count,
    }
