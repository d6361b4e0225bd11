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
PAGE = """# How fair and how sharp the marking is

**Fair**: in 10,000 random networks (two to three layers, 1 to 5 examples, {kinds} kinds of activation and loss), worked with 2, 3, 4, 5
and 6 decimals, no right number is marked wrong: not of those who round each step and go on with what they wrote, nor of those who keep all
digits, nor of those who give half of the quantities. Nor is any number of 1,000 networks written wholly in another book's convention, for
each of them, nor of 100 for each combination ({ways} in all).
`pytest -m proof tests/test_sharp.py` counts that anew.

**Sharp**: each slip below was planted, as people make it, in one quantity of random networks and of XOR from random starts ({seeds} seeds
each), and the work carried on from there. A slip is *found* if that quantity is marked wrong and no other, and *named* if the mistake
given, or one that is said to fit as exactly, is the one that was planted. Nothing was left out for being small; only where the wrong
formula gives the very same number nothing was planted.
Shares are rounded to a tenth: 100.0% may hide one that the last table shows. This page is the output of `benchmarks/sharpness.py`.

## By the decimals that are written, all quantities given

| decimals | planted | found | named, of those found |
|---:|---:|---:|---:|
{decimals}

With few decimals a small slip lies within the rounding, and can't be told from it.

## By the quantities that are given, to 4 decimals

Found here means that some number is marked wrong: a slip in a quantity that was not given is looked for where it shows. One in the loss
can't show in gradients, nor one in an update that is not given.

| given | planted | found | named, of those found |
|---|---:|---:|---:|
{given}

## Which mistake is taken for which

All quantities given, to 4 decimals. Where two mistakes give the same number (a gradient twice too large, by 2/m or by adding it to itself)
both are offered: the last column says which of them stood first.

| planted | times | found | named | stood first |
|---|---:|---:|---:|---|
{confusion}
"""


def results(job):
    """Return (found, named, first) of one slip on one ground, for many seeds."""
    slip, ground, seeds, decimals, given = job
    return [
        found
        for seed in range(seeds)
        if (found := outcome(ground, slip, seed, decimals, given)) is not None
    ]


def rate(part, whole):
    return f"{100 * part / whole:.1f}%" if whole else "-"


def row(name, found):
    seen = [one for one in found if one[0]]
    return (
        f"| {name} | {len(found):,} | {rate(len(seen), len(found))} |"
        f" {rate(sum(named for _, named, _ in seen), len(seen))} |"
    )


def main(seeds):
    from backproof.conventions import conventions
    from backproof.losses import BCE, HALF_MSE, MSE
    from learner import KINDS

    settings = [(decimals, "all") for decimals in DECIMALS] + [
        (4, given) for given in GIVEN if given != "all"
    ]
    jobs = [
        (slip, ground, seeds, *setting)
        for setting in settings
        for slip in SLIPS
        for ground in GROUNDS
    ]
    with ProcessPoolExecutor(2) as pool:
        found = dict(zip(jobs, pool.map(results, jobs, chunksize=2), strict=True))

    def gathered(decimals, given, slips=SLIPS):
        return [
            one
            for slip in slips
            for ground in GROUNDS
            for one in found[(slip, ground, seeds, decimals, given)]
        ]

    confusion = []
    for slip in SLIPS:
        every = gathered(4, "all", [slip])
        first = Counter(name or "no name" for seen, _, name in every if seen)
        confusion.append(
            row(f"`{slip}`", every)
            + " "
            + ", ".join(f"{name} {count}" for name, count in first.most_common(4))
            + " |"
        )
    print(
        PAGE.format(
            kinds=len(KINDS),
            ways=len({one.name for loss in (BCE, MSE, HALF_MSE) for one in conventions(loss)}),
            seeds=seeds,
            decimals="\n".join(row(decimals, gathered(decimals, "all")) for decimals in DECIMALS),
            given="\n".join(row(given, gathered(4, given)) for given in GIVEN),
            confusion="\n".join(confusion),
        ),
        end="",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
