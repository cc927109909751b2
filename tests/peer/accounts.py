"""The accounts of one segment, trials down and accounts across, and the book they open with."""

import numpy as np
from scipy.special import ndtri

# A state is `3 × claim + health`; a claim (none, renewal window, onboarding) takes the hours ahead
# of health.
WINDOW, ONBOARDING, DEAD = 3, 6, 9
STATES = 10

# Root of g⁵ = g + 1: model, section 1; Roberts (2018).
ROOT = 1.1673039782614187


def whole(amount):
    """Minor units, rounded half away from zero."""
    return np.floor(amount + 0.5)


def arr_at(law, u):
    """ARR at a quantile: log-normal, clamped."""
    return whole(np.clip(law["median"] * np.exp(law["sigma"] * ndtri(u)), law["min"], law["max"]))


def pick(weights, u):
    """First index at which the running share of the weights exceeds u."""
    weights = np.asarray(weights, dtype=float)
    found = np.searchsorted(np.cumsum(weights) / weights.sum(), u, side="right")
    return found.clip(max=len(weights) - 1)


def decision_month(end, notice, since):
    """The decision on a contract that ends in `end`, never before the month after `since`."""
    return np.maximum(end - notice, since + 1)


class Layout:
    """The opening book of a segment: model, section 1, account i of the segment counted from 0."""

    def __init__(self, scenario, segment):
        i = np.arange(segment["accounts"])[:, None]
        u = ((0.5 + i * ROOT ** -np.arange(1.0, 5.0)) % 1.0).T
        self.arr = arr_at(segment["arr"], u[0])
        months = np.array([term["months"] for term in segment["terms"]])
        self.term = months[pick([term["share"] for term in segment["terms"]], u[1])]
        calendar = pick(scenario["renewal_calendar"], u[2])
        self.anniversary = (calendar - (scenario["start_month"] - 1)) % 12 + 1
        later = np.floor(u[3] * self.term / 12).astype(int)
        # The page does not place contracts below a year: they keep step with the anniversary.
        short = (self.anniversary - 1) % self.term + 1
        self.end = np.where(self.term < 12, short, self.anniversary + 12 * later)


class Accounts:
    """Accounts of one segment: an array (trials, places) a field; empty places are dead."""

    FIELDS = {
        "state": (np.int8, DEAD),
        "arr": (np.float64, 0),  # minor units, whole
        "start": (np.float64, 0),  # ARR at the start, for the limit to growth
        "opening": (np.float64, 0),  # ARR at month 0; 0 for accounts that joined
        "memory": (np.float32, 1),  # of coverage
        "term": (np.int16, 0),
        "decision": (np.int16, 0),  # month of the next; 0 once taken, and for rolling contracts
        "end": (np.int16, 0),  # of the contract; 0 for rolling ones
        "last": (np.int16, 0),  # decision
        "price": (np.int16, 0),  # first month in which a renewal brings the uplift
        "outcome": (np.int8, 0),  # of a decision not yet booked
        "progress": (np.float64, 0),  # months of onboarding done
        "own": (np.float64, 0),  # log-odds of θ above those of p12
        "tenure": (np.float64, 0),  # years of decisions survived
    }

    def __init__(self, trials):
        self.trials = trials
        for name, (kind, empty) in self.FIELDS.items():
            setattr(self, name, np.full((trials, 0), empty, dtype=kind))
        self.filled = 0

    @property
    def places(self):
        """Places a trial."""
        return self.state.shape[1]

    def make_room(self, extra):
        """Drops places dead in every trial and adds so many empty ones."""
        dead = self.state == DEAD
        kept = int((~dead).sum(axis=1).max(initial=0))
        order = np.argsort(dead, axis=1, kind="stable")[:, :kept]
        order += self.places * np.arange(self.trials)[:, None]
        for name, (kind, empty) in self.FIELDS.items():
            field = np.full((self.trials, kept + extra), empty, dtype=kind)
            field[:, :kept] = self.flat(name).take(order)
            setattr(self, name, field)
        self.filled = kept

    def add(self, present, **fields):
        """Fills the next places with accounts; those not present in a trial stay dead."""
        places = slice(self.filled, self.filled + present.shape[1])
        self.filled = places.stop
        for name, values in fields.items():
            getattr(self, name)[:, places] = values
        for name in ("state", "arr", "opening", "decision", "end", "price"):
            np.copyto(getattr(self, name)[:, places], self.FIELDS[name][1], where=~present)

    def flat(self, name):
        """A field as one row, sharing memory."""
        return getattr(self, name).reshape(-1)
