"""The reduced model in NumPy: health, coverage, renewals and the shared shock of one segment under yearly contracts.

Columns are trials x accounts, months the only loop. As in the simulator every account has a random number of its own
each month; what it does to the few accounts that move is worked out for those alone. `tests/peer` gives the formulas.

    python tests/bench/numpy_peer.py reduced.json 400
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

sys.path.insert(0, str(Path(__file__).parent.parent / "peer"))
import rates
from accounts import pick
from peer import monthly_capacity

GONE = 3
# Accounts of a chunk over its trials: more do not fit in the cache, fewer cost calls.
CHUNK = 250_000
TRIES = 3


class Reduced:
    """A scenario made ready to be played."""

    def __init__(self, scenario):
        (segment,), (touch,), (pool,) = (scenario[name] for name in ("segments", "touch_models", "pools"))
        # By the month of the year in which contracts end, so that a month decides a run of columns.
        book = sorted(scenario["book"]["accounts"], key=lambda account: account["end_month"] % 12)
        self.arr = np.array([account["arr"] for account in book], dtype=float)
        ends = np.array([account["end_month"] % 12 for account in book])
        self.runs = np.searchsorted(ends, np.arange(13))
        self.months = max(scenario["horizon"], 12 * scenario["economics"]["cltv_years"])
        self.rho = scenario["shock"]["rho"]
        self.persistence = 0.5 ** (1 / scenario["shock"]["half_life"])
        self.capacity = monthly_capacity(pool)
        self.hours = np.array([touch["hours"][name] for name in ("green", "yellow", "red")])
        self.order = [("green", "yellow", "red").index(name) for name in touch["allocation"] if name in HEALTH]
        self.k = touch["k"]
        self.direct = (1 - touch["through_health"]) * touch["effect"]
        self.mix = segment["health"]["mix"]
        by_health = rates.scaled(self.mix, segment["relative_risk"], segment["churn"])
        self.log_odds = np.append(logit(by_health), 0.0)
        target = expit(logit(segment["churn"]) + touch["through_health"] * touch["effect"])
        slowness = rates.uncovered_slowness(self.mix, by_health, target)
        speed = segment["health"]["speed"]
        self.ends = [rates.moves(self.mix, speed, mending) for mending in (1 / slowness, 1.0)]

    def play(self, rng, trials):
        """First-year GRR of so many trials, and the account-months they took."""
        accounts = self.arr.size
        health = pick(self.mix, rng.random((trials, accounts), dtype=np.float32)).astype(np.uint8)
        # 1 - memory is `missed * decay + by_health`: an account that stays in its health keeps its `missed`.
        missed = np.zeros((trials, accounts), dtype=np.float32)
        by_health, decay = np.zeros((trials, 4), dtype=np.float32), 1.0
        census = np.stack([(health == h).sum(axis=1) for h in range(3)] + [np.zeros(trials, int)], axis=1)
        z = rng.standard_normal(trials)
        u = np.empty((trials, accounts), dtype=np.float32)
        grr, account_months = None, 0
        for month in range(1, self.months + 1):
            noise = rng.standard_normal(trials)
            z = self.persistence * z + np.sqrt(1 - self.persistence**2) * noise
            w = self.allocate(census[:, :GONE])
            by_health[:, :GONE] += (1 - w - by_health[:, :GONE]) / 12
            decay *= 11 / 12
            rng.random(out=u, dtype=np.float32)
            self.move(u, health, missed, by_health, decay, census, w)
            self.decide(rng, month, health, missed, by_health, decay, census, z)
            account_months += int(census[:, :GONE].sum())
            if month == 12:
                grr = (health != GONE) @ self.arr / self.arr.sum()
        return grr, account_months

    def allocate(self, census):
        """Response to coverage by health, (trials, 3), hours going out class by class."""
        asked, left = census * self.hours, np.full(len(census), self.capacity)
        coverage = np.ones_like(asked)
        for h in self.order:
            given = np.minimum(left, asked[:, h])
            coverage[:, h] = np.divide(given, asked[:, h], out=coverage[:, h], where=asked[:, h] > 0)
            left -= given
        return rates.response(coverage, self.k)

    def move(self, u, health, missed, by_health, decay, census, w):
        """Health one month on."""
        low, high = self.ends
        out = np.zeros((len(w), 4, 2), dtype=np.float32)
        out[:, :GONE] = np.cumsum(low + w[:, :, None] * (high - low), axis=2)
        at = np.flatnonzero(u.reshape(-1) < out[:, :, 1].max())
        row = at // health.shape[1]
        before, drawn = health.reshape(-1)[at], u.reshape(-1)[at]
        first, last = out[row, before].T
        moves = drawn < last
        at, row, before, second = at[moves], row[moves], before[moves], (drawn >= first)[moves]
        after = rates.OTHERS[before, second.astype(np.uint8)].astype(np.uint8)
        health.reshape(-1)[at] = after
        missed.reshape(-1)[at] += (by_health[row, before] - by_health[row, after]) / np.float32(decay)
        cells = census.size
        census += np.bincount(4 * row + after, minlength=cells).reshape(census.shape)
        census -= np.bincount(4 * row + before, minlength=cells).reshape(census.shape)

    def decide(self, rng, month, health, missed, by_health, decay, census, z):
        """The contracts that end this month; only draws that may be a churn are looked at closely."""
        run = slice(self.runs[month % 12], self.runs[month % 12 + 1])
        health, missed = health[:, run], missed[:, run]
        u = rng.random(health.shape, dtype=np.float32)
        most = expit(self.log_odds[:GONE].max() + max(self.direct, 0.0))
        ceiling = rates.copula(most, self.rho, z).astype(np.float32)
        row, column = np.nonzero(u < ceiling[:, None])
        state = health[row, column]
        shift = self.direct * (missed[row, column] * decay + by_health[row, state])
        p = rates.copula(expit(self.log_odds[state] + shift), self.rho, z[row])
        leaves = (u[row, column] < p) & (state != GONE)
        row, column, state = row[leaves], column[leaves], state[leaves]
        health[row, column] = GONE
        census -= np.bincount(4 * row + state, minlength=census.size).reshape(census.shape)


HEALTH = ("green", "yellow", "red")


def main(file, trials):
    """The least of several tries, as JSON."""
    model = Reduced(json.loads(Path(file).read_text(encoding="utf-8")))
    chunk = max(1, CHUNK // model.arr.size)
    least = np.inf
    for _ in range(TRIES):
        start = time.perf_counter()
        parts = [
            model.play(np.random.Generator(np.random.SFC64([1, first])), min(chunk, trials - first))
            for first in range(0, trials, chunk)
        ]
        least = min(least, time.perf_counter() - start)
    grr = np.concatenate([part for part, _ in parts])
    said = {
        "seconds": least,
        "account_months": sum(months for _, months in parts),
        "grr": {"mean": grr.mean(), "se": grr.std(ddof=1) / np.sqrt(trials)},
        "numpy": np.__version__,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
