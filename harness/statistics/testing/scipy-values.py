"""Writes scipy-values.json: what SciPy says, for statistics/scipy.test.ts. Run by hand: pip install scipy; python scipy-values.py > scipy-values.json"""

import json
import random

import scipy
from scipy import optimize, stats

random.seed(20260101)


def table(most):
    requests = random.randint(1, most)
    return {"requests": requests, "errors": random.randint(0, requests)}


def fisher():
    canary, stable = table(200), table(800)
    cells = [[side["errors"], side["requests"] - side["errors"]] for side in (canary, stable)]
    return {"canary": canary, "stable": stable, "p": stats.fisher_exact(cells, alternative="greater").pvalue}


def binomial():
    n, p = random.randint(1, 400), random.random()
    k = random.randint(0, n)
    return {"k": k, "n": n, "p": p, "atLeast": stats.binom.sf(k - 1, n, p)}


def ranks(tied):
    larger, smaller = ([random.gauss(shift, 1) for _ in range(random.randint(3, 20))] for shift in (0.7, 0))
    if tied:
        larger, smaller = ([round(x) for x in side] for side in (larger, smaller))
    found = stats.mannwhitneyu(larger, smaller, alternative="greater", method="asymptotic" if tied else "exact")
    return {"larger": larger, "smaller": smaller, "u": found.statistic, "p": found.pvalue}


def e_variable(rise):
    """The bet against its nearest neighbour in the null hypothesis, found by a general minimizer of the Kullback-Leibler divergence."""
    canary, stable = table(40), table(120)
    base = random.uniform(0.0005, 0.3)
    bet = {"canary": base if rise else min(0.98, base + random.uniform(0.01, 0.6)), "stable": base}

    def divergence(p):
        pairs = ((canary, bet["canary"], p + rise), (stable, bet["stable"], p))
        return sum(
            side["requests"] * stats.entropy([own, 1 - own], [other, 1 - other]) for side, own, other in pairs
        )

    low, high = 1e-12, 1 - rise - 1e-12
    nearest = optimize.minimize_scalar(divergence, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    log = sum(
        stats.binom.logpmf(side["errors"], side["requests"], own) - stats.binom.logpmf(side["errors"], side["requests"], other)
        for side, own, other in ((canary, bet["canary"], nearest + rise), (stable, bet["stable"], nearest))
    )
    return {"canary": canary, "stable": stable, "bet": bet, "rise": rise, "log": log}


print(
    json.dumps(
        {
            "provenance": f"scipy-values.py, SciPy {scipy.__version__}",
            "fisher": [fisher() for _ in range(30)],
            "binomial": [binomial() for _ in range(30)],
            "ranks": [ranks(n % 2 == 1) for n in range(20)],
            "eVariables": [e_variable(rise) for rise in (0, 0.02, 0.1) for _ in range(10)],
        }
    )
)
