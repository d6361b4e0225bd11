"""Why a training is stuck: `diagnose` says what it saw, which units are to blame and what to try,
and tries it if asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..prose import comma_list, number_of, paragraph
from ..training.run import Run
from .causes import capacity, contradictory_data, dead_units, equal_units, scale
from .dynamics import barely_moved_weights, divergence, falling_loss, oscillation, period_two
from .findings import Finding
from .observation import Observation
from .plateaus import all_at_the_mean, rest, saturation, shared_outputs
from .release import Release, release
from .remedies import Tried, try_out

# in the order in which they explain: a cause before what it leads to
STATES: dict[str, Callable[[Observation], Finding | None]] = {
    "input-scale": scale,  # and target-scale
    "diverged": divergence,
    "equal-units": equal_units,
    "dead-units": dead_units,
    "capacity": capacity,
    "contradictory-data": contradictory_data,
    "barely-moved": barely_moved_weights,
    "period-two": period_two,
    "oscillating": oscillation,
    "all-at-the-mean": all_at_the_mean,
    "shared": shared_outputs,  # two-share, three-share, some-share
    "still-falling": falling_loss,
    "saturated": saturation,  # and output-saturated
}
MOST_UNITS = 8  # units that are named in text; all are in the JSON
# no single weight helps there
HOPELESS = ("capacity", "contradictory-data", "dead-units", "diverged", "barely-moved")
SOLVED = Finding("solved", "every example is classified correctly: nothing is stuck.")


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
        first, *others = self.findings
        return {
            "state": first.state,
            "saw": first.saw,
            "units": [blame.to_dict() for blame in first.units],
            "examples": list(first.examples),
            "advice": [advice.text for advice in first.advice],
            "also": [{"state": finding.state, "saw": finding.saw} for finding in others],
            "tried": [tried.to_dict() for tried in self.tried],
            "released": self.released.to_dict() if self.released else None,
        }

    def __str__(self) -> str:
        first, *others = self.findings
        lines = [paragraph(f"{first.state}: {first.saw}")]
        lines += _unit_lines(first)
        lines += [paragraph(f"also {finding.state}: {finding.saw}") for finding in others]
        lines += self._advice_lines()
        if self.released is not None:
            lines.append(paragraph(self.released.words, "  "))
        return "\n".join(lines)

    __repr__ = __str__

    def _advice_lines(self) -> list[str]:
        """Return the advice of the first finding, each with what came of it, if it was tried."""
        advice = self.findings[0].advice
        if not advice:
            return []
        lines = ["What to try:"]
        words = {tried.advice.text: tried.words for tried in self.tried}
        for one in advice:
            lines.append(paragraph(one.text, "  "))
            if one.text in words:
                lines.append(paragraph(f"tried: {words[one.text]}", "    "))
        return lines


def _unit_lines(finding: Finding) -> list[str]:
    """Return a line for each unit to blame; of many, for the first."""
    lines = []
    for blame in finding.units[:MOST_UNITS]:
        text = f"{blame.unit.name} ({comma_list(blame.weights)}): {blame.what}"
        lines.append(paragraph(text, "  ", "      "))
    more = len(finding.units) - MOST_UNITS
    if more > 0:
        lines.append(f"  … and {number_of(more, 'more unit')}")
    return lines


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
    if run.solved and run.diverged_at is None:
        return Diagnosis((SOLVED,))
    seen = Observation(run)
    findings = _findings(seen)
    if not attempt:
        return Diagnosis(findings)
    first = findings[0]
    tried = tuple(try_out(run, advice) for advice in first.advice if advice.change is not None)
    released = None
    if first.state not in HOPELESS:
        released = release(seen)
    return Diagnosis(findings, tried, released)


def _findings(seen: Observation) -> tuple[Finding, ...]:
    """Return the states that fit, in the order in which they explain."""
    looks = [look(seen) for look in STATES.values()]
    found = [finding for finding in looks if finding is not None]
    found.sort(key=lambda finding: _beside_the_point(seen, finding))
    return tuple(found) or (rest(seen),)


def _beside_the_point(seen: Observation, finding: Finding) -> bool:
    """Whether a finding is true but not why the run is stuck: data that contradict themselves,
    where other examples are wrong as well.
    """
    if finding.state != "contradictory-data":
        return False
    return not set(seen.wrong.tolist()) <= set(finding.examples)
