"""Plays the scenarios beside this file and writes what came out to expected.json.

`cargo xtask peer` runs it with the packages of requirements.txt; by hand: `python tests/peer`.
"""

import argparse
import json
import platform
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import scipy

from peer import Peer

HERE = Path(__file__).parent
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
METRICS = ("grr", "nrr", "logo_retention", "closing_arr", "cltv")
# Accounts of a chunk over its trials: more do not fit in the cache, fewer cost calls.
CHUNK = 250_000


def estimate(values):
    """Mean and quantiles with their standard errors.

    Mean: s/√n. Quantile: inverse CDF, the order statistic of rank ⌈nq⌉; its standard error is half
    the distance between the order statistics one standard deviation of the binomial rank,
    √(nq(1-q)), to either side: David and Nagaraja (2003), Order Statistics, section 7.1.
    """
    ordered, n = np.sort(values), len(values)
    at, errors = [], []
    for q in QUANTILES:
        rank, reach = int(np.ceil(n * q)) - 1, np.sqrt(n * q * (1 - q))
        low, high = int(np.floor(rank - reach)), int(np.ceil(rank + reach))
        at.append(float(ordered[rank]))
        errors.append(float(ordered[min(high, n - 1)] - ordered[max(low, 0)]) / 2)
    return {
        "mean": float(np.mean(values)),
        "mean_se": float(np.std(values, ddof=1) / np.sqrt(n)),
        "quantiles": at,
        "quantile_se": errors,
    }


def run(path, trials, seed):
    """The six metrics of one scenario, and what an account-month cost."""
    scenario = json.loads(path.read_text(encoding="utf-8"))
    peer = Peer(scenario)
    accounts = sum(segment["accounts"] for segment in scenario["segments"])
    chunk = max(1, min(trials, CHUNK // accounts))
    start = time.perf_counter()
    parts, account_months = [], 0
    for first in range(0, trials, chunk):
        rng = np.random.Generator(np.random.SFC64([seed, first]))
        part, months = peer.play(rng, min(chunk, trials - first))
        parts.append(part)
        account_months += months
    seconds = time.perf_counter() - start
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    touch = scenario["touch_models"][0]["name"]
    cost = 1e9 * seconds / account_months
    print(f"{path.stem}: {seconds:.0f} s, {cost:.0f} ns an account-month", flush=True)
    metrics = {name: estimate(values[name]) for name in METRICS}
    return metrics | {"utilisation": estimate(values[f"utilisation of {touch}"])}


def main():
    """Runs every scenario and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    expected = {
        "command": f"python tests/peer --trials {args.trials} --seed {args.seed}",
        "made": date.today().isoformat(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "trials": args.trials,
        "quantiles": QUANTILES,
        "scenarios": {
            path.stem: run(path, args.trials, args.seed)
            for path in sorted((HERE / "scenarios").glob("*.json"))
        },
    }
    text = json.dumps(expected, indent=2) + "\n"
    (HERE / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
