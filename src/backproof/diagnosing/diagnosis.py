"""Why a training is stuck: `diagnose` says what it saw, which units are to blame and what to try,
and tries it if asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..prose import paragraph
from ..training.run import Run
from .causes import capacity, contradictory, dead, equal, scale
from .dynamics import barely, diverged, oscillating, period_two, slow
from .findings import Finding
from .observation import Observation
from .plateaus import mean, resting, saturated, shared
from .remedies import Release, Tried, release, try_out

# in the order in which they explain: a cause before what it leads to
STATES: dict[str, Callable[[Observation], Finding | None]] = {
    "input-scale": scale,  # and target-scale
    "diverged": diverged,
    "equal-units": equal,
    "dead-units": dead,
    "capacity": capacity,
    "contradictory-data": contradictory,
    "barely-moved": barely,
    "period-two": period_two,
    "oscillating": oscillating,
    "all-at-the-mean": mean,
    "shared": shared,  # two-share, three-share, some-share
    "still-falling": slow,
    "saturated": saturated,  # and output-saturated
}
MOST_UNITS = 8  # units that are named in text; all are in the JSON
HOPELESS = (
    "capacity",
    "contradictory-data",
    "dead-units",
    "diverged",
    "barely-moved",
)  # no single weight helps there
SOLVED = Finding("solved", "every example is on its target's side: nothing is stuck.")


@dataclass(frozen=True)
class Diagnosis:
    """What is the matter with a run; prints itself.

    Parameters
    ----------
    findings : what was seen; the first explains most
    tried : what came of the advice, if it was tried
    released : the smallest change of a single weight that frees it, if it was looked for and there
        is one
    """

    findings: tuple[Finding, ...]
    tried: tuple[Tried, ...] = ()
    released: Release | None = None

    @property
    def state(self) -> str:
        """The id of the first finding."""
        return self.findings[0].state

    def to_dict(self) -> dict[str, Any]:
        """Return the document of ``--json``; examples and units count from 0."""
        first = self.findings[0]
        return {
            "state": first.state,
            "saw": first.saw,
            "units": [blame.to_dict() for blame in first.units],
            "examples": list(first.examples),
            "advice": [advice.text for advice in first.advice],
            "also": [{"state": finding.state, "saw": finding.saw} for finding in self.findings[1:]],
            "tried": [tried.to_dict() for tried in self.tried],
            "released": self.released.to_dict() if self.released else None,
        }

    def __str__(self) -> str:
        first = self.findings[0]
        lines = [paragraph(f"{first.state}: {first.saw}")]
        lines += [
            paragraph(
                f"{blame.unit.name} ({', '.join(blame.weights)}): {blame.what}", "  ", "      "
            )
            for blame in first.units[:MOST_UNITS]
        ]
        lines += (
            [f"  … and {len(first.units) - MOST_UNITS} units more"]
            if len(first.units) > MOST_UNITS
            else []
        )
        lines += [
            paragraph(f"also {finding.state}: {finding.saw}") for finding in self.findings[1:]
        ]
        lines += ["What to try:"] if first.advice else []
        tried = {result.advice.text: result for result in self.tried}
        for advice in first.advice:
            lines.append(paragraph(advice.text, "  "))
            lines += (
                [paragraph(f"tried: {tried[advice.text].words}", "    ")]
                if advice.text in tried
                else []
            )
        lines += [paragraph(self.released.words, "  ")] if self.released else []
        return "\n".join(lines)

    __repr__ = __str__


def diagnose(run: Run, *, attempt: bool = False) -> Diagnosis:
    """Say why a training is stuck.

    Parameters
    ----------
    run : the training
    attempt : carry out the advice and report whether it helped; for XOR and problems as small, also
        look for the smallest change of a single weight that releases the run

    The states are those of `STATES`; what fits none of them is ``resting``. Raises `InputError` for
    anything but a run.
    """
    if not isinstance(run, Run):
        raise InputError(f"diagnose takes a run, as train returns it, got {type(run).__name__}.")
    o = Observation(run)
    if run.solved and run.diverged_at is None:
        return Diagnosis((SOLVED,))
    found = [finding for look in STATES.values() if (finding := look(o)) is not None]
    found.sort(key=lambda finding: _beside_the_point(o, finding))
    found = found or [resting(o)]
    if not attempt:
        return Diagnosis(tuple(found))
    tried = tuple(try_out(run, advice) for advice in found[0].advice if advice.change is not None)
    return Diagnosis(tuple(found), tried, release(o) if found[0].state not in HOPELESS else None)


def _beside_the_point(o: Observation, finding: Finding) -> bool:
    """Whether a finding is true but not why the run is stuck: data that contradict themselves,
    where other examples are wrong as well.
    """
    if finding.state != "contradictory-data" or o.good is None:
        return False
    return any(not good and i not in finding.examples for i, good in enumerate(o.good))
