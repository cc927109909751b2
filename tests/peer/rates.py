"""What is fixed once per trial: rates drawn from their ranges, and what is calibrated from them."""

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtr, ndtri

Z95 = ndtri(0.95)
MOST_CHURN = 0.95
DEFAULT_RISK = (1.0, 3.0, 6.5)
WORK_CLASSES = ("green", "yellow", "red", "renewal_window", "onboarding")
# Where an account of each health may move to: the first and the second other state.
OTHERS = np.array([[1, 2], [0, 2], [1, 0]])

_SCALES = {
    "probability": (logit, expit),
    "positive": (np.log, np.exp),
    "real": (lambda x: x, lambda x: x),
}


def is_range(rate):
    """Whether a rate is typed as a 90% interval with two different ends."""
    return isinstance(rate, dict) and rate["p5"] != rate["p95"]


def median_and_sd(rate, family):
    """Median and, on the family's own scale, standard deviation of a rate: model, section 2."""
    if not is_range(rate):
        return (rate["p5"] if isinstance(rate, dict) else rate), 0.0
    to, back = _SCALES[family]
    low, high = to(rate["p5"]), to(rate["p95"])
    return back((low + high) / 2), (high - low) / (2 * Z95)


def draw(rng, trials, rate, family):
    """One value a trial."""
    median, sd = median_and_sd(rate, family)
    if sd == 0.0:
        return np.full(trials, float(median))
    to, back = _SCALES[family]
    return back(to(median) + sd * rng.standard_normal(trials))


def scaled(mix, relative, mean):
    """Probabilities by health `min(.95, κ r_h)` with `Σ π_h p_h = mean`; `mean` may be an array."""
    mix, relative = np.asarray(mix), np.asarray(relative, dtype=float)
    mean = np.asarray(mean, dtype=float)[..., None]
    capped = np.zeros(mean.shape[:-1] + (3,), dtype=bool)
    for _ in range(3):
        free = np.sum(np.where(capped, 0.0, mix * relative), axis=-1, keepdims=True)
        rest = mean - MOST_CHURN * np.sum(np.where(capped, mix, 0.0), axis=-1, keepdims=True)
        p = np.where(capped, MOST_CHURN, rest / np.where(free > 0, free, 1.0) * relative)
        capped = p >= MOST_CHURN
    return np.minimum(p, MOST_CHURN)


def response(c, k):
    """Response to coverage, `w(c) = (1 - e^{-kc}) / (1 - e^{-k})`, linear as k → 0."""
    return c if k == 0 else np.expm1(-k * c) / np.expm1(-k)


def over(share, p):
    """A yearly probability over a share of the year, `1 - (1-p)^ℓ`."""
    return -np.expm1(share * np.log1p(-p))


def copula(p, loading, z):
    """Probability given the factor: `Φ((Φ⁻¹(p) - √ρ z) / √(1-ρ))`, Vasicek (2002)."""
    return ndtr((ndtri(p) - np.sqrt(loading) * z) / np.sqrt(1 - loading))


def moves(mix, speed, mending):
    """Monthly probabilities to the two other states, (trials, 3, 2) in the order of OTHERS.

    The one-step chain of model, section 4: mending from the speed, decay from detailed balance with
    the covered mix; `mending` multiplies the way back. A row that would exceed 1 is scaled down.
    """
    green, yellow, red = mix
    back = 1 - np.cbrt(1 - speed)
    decay_green, decay_yellow = back * yellow / green, back * red / yellow
    back = back * mending
    out = np.zeros(np.shape(back) + (3, 2))
    out[..., 0, 0] = decay_green
    out[..., 1, 0] = back
    out[..., 1, 1] = decay_yellow
    out[..., 2, 0] = back
    return out / np.maximum(1.0, out.sum(axis=-1, keepdims=True))


def uncovered_slowness(mix, p, target):
    """The t of model, section 4: positive root of `Σ (π_g, tπ_y, t²π_r)(p_h - target) = 0`.

    No t reaches churn outside that of green and red accounts; the page does not say what then,
    here it comes close.
    """
    if np.ptp(p) == 0:
        return np.ones_like(target)
    margin = 1e-6 * (p.max() - p.min())
    target = np.clip(target, p.min() + margin, p.max() - margin)
    c, b, a = (mix[h] * (p[h] - target) for h in range(3))
    return (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)


def bisect(f, low=-20.0, high=20.0):
    """Root of an increasing function."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return (low + high) / 2


class Frailty:
    """Own churn of each account, θ ~ Beta(α, β + n^c), and how hazard moves with tenure n.

    Shifted-beta-geometric of Fader and Hardie (2007) and its Weibull extension (2018), as model,
    section 4 has it.
    """

    def __init__(self, segment, p12):
        dispersion = segment.get("dispersion", 0.0)
        self.on = dispersion > 0
        self.duration = segment.get("duration", 1.0)
        self.p12 = p12
        # Where the book states no tenure: n = 0…4 with weight (1 - p12)^n, the shipped default.
        tenure = np.array(segment.get("opening_tenure", (1 - p12) ** np.arange(5)))
        if self.on:
            total = 1 / dispersion - 1
            self.alpha, self.beta = p12 * total, (1 - p12) * total
        self.tenure = tenure / tenure.sum()
        is_new = segment.get("churn_of", "book") == "new"
        self.shown = np.array([1.0]) if is_new or not self.has_tenure else self.tenure

    @property
    def has_tenure(self):
        """Whether anything depends on tenure."""
        return self.on or self.duration != 1.0

    def draw(self, rng, tenure):
        """Log-odds of θ above those of p12 for accounts of these tenures."""
        if not self.on:
            return np.zeros(tenure.shape)
        theta = rng.beta(self.alpha, self.beta + tenure**self.duration)
        return logit(np.clip(theta, 1e-12, 1 - 1e-12)) - logit(self.p12)

    def age(self, p, tenure, share):
        """Duration: `1 - (1-p)^{((n+ℓ)^c - n^c)/ℓ}`."""
        if self.duration == 1.0:
            return p
        return over(((tenure + share) ** self.duration - tenure**self.duration) / share, p)

    def cases(self):
        """Tenures, log-odds of θ above p12 and weights: what the stated churn averages over."""
        points = 400
        middle = (np.arange(points) + 0.5) / points
        for n, weight in enumerate(self.shown):
            if self.on:
                theta = betaincinv(self.alpha, self.beta + n**self.duration, middle)
                yield n, logit(np.clip(theta, 1e-12, 1 - 1e-12)) - logit(self.p12), weight
            else:
                yield n, np.zeros(1), weight


def level_annual(mix, risk, frailty):
    """`b` at annual decisions: the mean over mix, tenures and θ is p12."""
    if not frailty.has_tenure:
        return 0.0

    def excess(b):
        mean = 0.0
        for n, own, weight in frailty.cases():
            p = frailty.age(expit(risk + b + own[:, None]), float(n), 1.0)
            mean += weight * (p.mean(axis=0) @ mix)
        return mean - frailty.p12

    return bisect(excess)


def level_short(mix, risk, frailty, monthly, terms):
    """`b` below 12 months: churn within 12 months along the covered chain is p12.

    The page leaves two things open: the next decision is equally likely in each month of the term,
    and over several short terms `b` is their mean by share, as the simulator's documentation says.
    """
    chain = np.zeros((3, 3))
    for h in range(3):
        chain[h, OTHERS[h]] = monthly[h]
        chain[h, h] = 1 - chain[h].sum()

    def kept(b, months, first, n, own):
        share = months / 12
        alive = np.broadcast_to(mix, (own.size, 3))
        for month in range(1, 13):
            alive = alive @ chain
            if month >= first and (month - first) % months == 0:
                p = frailty.age(expit(risk + b + own[:, None]), n, share)
                alive, n = alive * (1 - over(share, p)), n + share
        return alive.sum(axis=1).mean()

    def excess(b, months):
        mean = sum(
            weight * kept(b, months, first, float(n), own) / months
            for n, own, weight in frailty.cases()
            for first in range(1, months + 1)
        )
        return 1 - mean - frailty.p12

    short = [(term["months"], term["share"]) for term in terms if term["months"] < 12]
    levels = [share * bisect(lambda b: excess(b, months)) for months, share in short]
    return sum(levels) / (sum(share for _, share in short) or 1)


class Stated:
    """What follows from the stated values of a segment, once a scenario."""

    def __init__(self, segment):
        health = segment["health"]
        if segment.get("churn_by_health") or health.get("covered") or health.get("uncovered"):
            raise NotImplementedError("churn and movement stated by health are not covered")
        if any("churn" in term for term in segment["terms"]):
            raise NotImplementedError("churn stated for a term is not covered")
        self.mix = np.array(health["mix"]) / np.sum(health["mix"])
        self.p12, self.churn_sd = median_and_sd(segment["churn"], "probability")
        self.frailty = Frailty(segment, self.p12)
        self.by_health = scaled(self.mix, segment.get("relative_risk", DEFAULT_RISK), self.p12)
        self.risk = logit(self.by_health)
        monthly = moves(self.mix, median_and_sd(health["speed"], "probability")[0], 1.0)
        self.level_annual = level_annual(self.mix, self.risk, self.frailty)
        self.level_short = level_short(self.mix, self.risk, self.frailty, monthly, segment["terms"])


class SegmentRates:
    """The true rates of one segment, an entry a trial."""

    def __init__(self, rng, trials, scenario, segment, stated, touch, effect, common):
        error = np.sqrt(0.5) * (common + rng.standard_normal(trials))
        sd = stated.churn_sd if is_range(segment["churn"]) else scenario["rate_doubt"]
        prices = segment["uplift"]
        listed = draw(rng, trials, prices["list"], "real")
        self.uplift = listed * draw(rng, trials, prices["realised"], "probability")
        usual = median_and_sd(prices["list"], "real")[0]
        usual *= median_and_sd(prices["realised"], "probability")[0]
        elasticity = draw(rng, trials, prices["elasticity"], "positive")
        # The page does not say whether a decision without an uplift feels elasticity; the
        # simulator's documentation says every churn of the trial does.
        self.shift = sd * error + elasticity * (self.uplift - prices.get("stated", usual))
        self.escalator = draw(rng, trials, prices["escalator"], "real")
        self.uncontrollable = segment.get("uncontrollable", 0.0)

        mix, through = stated.mix, touch["through_health"]
        self.direct = (1 - through) * effect
        target = expit(logit(stated.p12) + through * effect)
        slowness = uncovered_slowness(mix, stated.by_health, target)
        speed = draw(rng, trials, segment["health"]["speed"], "probability")
        self.covered = moves(mix, speed, 1.0)
        self.uncovered = moves(mix, speed, 1 / slowness)

        downsell, expansion = segment["downsell"], segment["expansion"]
        probability = draw(rng, trials, downsell["probability"], "probability")
        self.downsell = scaled(mix, downsell["relative"], probability)
        self.depth = draw(rng, trials, downsell["depth"], "probability")
        yearly = draw(rng, trials, expansion["rate"], "probability")
        self.expansion = scaled(mix, expansion["relative"], yearly)
        self.at_renewal = draw(rng, trials, expansion["at_renewal"], "probability")
        self.size = draw(rng, trials, expansion["mean_size"], "positive")
        self.csm_led = draw(rng, trials, expansion["csm_led"], "probability")
        self.not_onboarded = draw(rng, trials, segment["onboarding"]["not_onboarded"], "real")
        self.per_year = draw(rng, trials, segment["new_accounts"]["per_year"], "positive")
        contraction = segment.get("contraction", {"hazard": 0.0, "depth": 0.0})
        self.contraction = draw(rng, trials, contraction["hazard"], "probability")
        self.contraction_depth = draw(rng, trials, contraction["depth"], "probability")
