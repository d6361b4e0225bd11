"""How fair and how sharp the marking is: the page docs/fair-and-sharp.md, from slips planted in
random networks and in XOR.

    python benchmarks/sharpness.py 40 > docs/fair-and-sharp.md

The slips are those of tests/slips.py, written as people make them. With 40 seeds it takes some
twenty minutes on two cores.
"""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from planting import GIVEN, GROUNDS, outcome
from slips import SLIPS

DECIMALS = (2, 3, 4, 5, 6)
PAGE = Path(__file__).parent / "fair-and-sharp.md"  # its words, with places for the figures


def results(job):
    """Return (found, named, first) of one slip on one ground, for many seeds."""
    slip, ground, seeds, decimals, given = job
    outcomes = [outcome(ground, slip, seed, decimals, given) for seed in range(seeds)]
    return [found for found in outcomes if found is not None]


def rate(part, whole):
    return f"{100 * part / whole:.1f}%" if whole else "-"


def row(name, found):
    seen = [one for one in found if one[0]]
    named = sum(named for _, named, _ in seen)
    return f"| {name} | {len(found):,} | {rate(len(seen), len(found))} | {rate(named, len(seen))} |"


def confused_row(slip, found):
    """Return the row of a slip, with the names that stood first."""
    first = Counter(name or "no name" for seen, _, name in found if seen)
    names = ", ".join(f"{name} {count}" for name, count in first.most_common(4))
    return f"{row(f'`{slip}`', found)} {names} |"


def main(seeds):
    from backproof.conventions import conventions
    from backproof.losses import BCE, HALF_MSE, MSE
    from learner import KINDS

    settings = [(decimals, "all") for decimals in DECIMALS]
    settings += [(4, given) for given in GIVEN if given != "all"]
    jobs = [
        (slip, ground, seeds, *setting)
        for setting in settings
        for slip in SLIPS
        for ground in GROUNDS
    ]
    with ProcessPoolExecutor(2) as pool:
        found = dict(zip(jobs, pool.map(results, jobs, chunksize=2), strict=True))

    def gathered(decimals, given, slips=SLIPS):
        chosen = [(slip, ground, seeds, decimals, given) for slip in slips for ground in GROUNDS]
        return [one for job in chosen for one in found[job]]

    figures = {
        "kinds": len(KINDS),
        "ways": len({one.name for loss in (BCE, MSE, HALF_MSE) for one in conventions(loss)}),
        "seeds": seeds,
        "decimals": [row(decimals, gathered(decimals, "all")) for decimals in DECIMALS],
        "given": [row(given, gathered(4, given)) for given in GIVEN],
        "confusion": [confused_row(slip, gathered(4, "all", [slip])) for slip in SLIPS],
    }
    for name in ("decimals", "given", "confusion"):
        figures[name] = "\n".join(figures[name])
    print(PAGE.read_text(encoding="utf-8").format(**figures), end="")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
