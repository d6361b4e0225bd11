"""The catalogue of mistakes: each is the wrong formula itself, computed exactly and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...formula import TWO, Formula, Negative, Scale, Transpose
from ...steps import GRADIENTS, SIGNALS, eta
from . import forward, gradients, signals
from .places import Place, Wrong, formula_at, right_formulas_at


@dataclass(frozen=True)
class Mistake:
    """A known mistake.

    Parameters
    ----------
    id : stands in marks
    name : what it is called
    teaches : one sentence
    wrong : yields its formulas at a place of the step, none where it can't happen
    """

    id: str
    name: str
    teaches: str
    wrong: Wrong

    @property
    def page(self) -> str:
        """Where the documentation tells more."""
        return f"docs/mistakes.md#{self.id}"


MISTAKES: tuple[Mistake, ...] = (
    # on the way forward
    Mistake(
        "no-bias",
        "bias forgotten",
        "Each unit adds its bias to the weighted sum of its inputs.",
        formula_at("z", made_by=forward.no_bias),
    ),
    Mistake(
        "swapped-weights",
        "rows and columns of W swapped",
        "Column j of W feeds unit j: W[i,j] leads from input i to unit j.",
        formula_at("z", made_by=forward.swapped_weights),
    ),
    Mistake(
        "old-weights",
        "weights of the step before",
        "The next step starts from the updated weights and biases.",
        forward.old_weights,
    ),
    Mistake(
        "no-activation",
        "activation forgotten",
        "A unit passes on f(z), not z.",
        formula_at("a", made_by=forward.no_activation),
    ),
    Mistake(
        "other-activation",
        "another activation",
        "Each layer has its own activation: check which one this layer has.",
        forward.other_activation,
    ),
    # the loss
    Mistake(
        "log-base",
        "logarithm of another base",
        "Cross entropy uses the natural logarithm; log₂ or log₁₀ changes its scale.",
        forward.other_logarithm,
    ),
    Mistake(
        "half-entropy",
        "one term of the cross entropy left out",
        "Examples of class 1 enter by y log a, those of class 0 by (1 - y) log(1 - a): both count.",
        forward.half_entropy,
    ),
    Mistake(
        "targets-swapped",
        "classes 0 and 1 swapped",
        "y = 1 means that the output should be near 1.",
        forward.targets_swapped,
    ),
    # the 1/m
    Mistake(
        "no-mean",
        "1/m missing",
        "The loss is a mean over the m examples, so its gradient is one too: divide by m, once.",
        gradients.extra_mean(-1),
    ),
    Mistake(
        "mean-twice",
        "divided by m twice",
        "The 1/m of the mean appears once; here it was applied a second time.",
        gradients.extra_mean(1),
    ),
    Mistake(
        "mean-early",
        "1/m already in delta",
        "delta belongs to each example's own loss; the 1/m comes with dW and db.",
        signals.mean_early,
    ),
    Mistake(
        "two-over-m",
        "2/m instead of 1/m",
        "The 2 of a squared error belongs in its derivative, and only there.",
        right_formulas_at("loss", *GRADIENTS, changed_by=lambda right: Scale(TWO, right)),
    ),
    Mistake(
        "other-count",
        "divided by another number than m",
        "The mean is over the m examples: not over units, not over 2m, and not over another"
        " problem's m.",
        gradients.other_count,
    ),
    Mistake(
        "mean-over-outputs",
        "averaged over the outputs too",
        "An example's loss is the sum over its outputs; only examples are averaged.",
        gradients.mean_over_outputs,
    ),
    Mistake(
        "half-of-square",
        "half the squared error mixed with the whole",
        "(a - y)² has the derivative 2(a - y), half of it has a - y: value and derivative belong"
        " together.",
        forward.half_of_square,
    ),
    # the slope
    Mistake(
        "extra-slope",
        "an extra σ′ under cross entropy",
        "The slope cancels against the derivative of cross entropy: delta is a - y. With the slope"
        " it is the gradient of squared error.",
        signals.extra_slope,
    ),
    Mistake(
        "cancelled-slope",
        "a - y under squared error",
        "Only cross entropy cancels the slope; squared error keeps it.",
        formula_at("delta", made_by=signals.cancelled_slope),
    ),
    Mistake(
        "missing-slope",
        "σ′ missing",
        "delta is the upstream error times the activation's slope at z.",
        formula_at("delta", made_by=signals.missing_slope),
    ),
    Mistake(
        "slope-twice",
        "σ′ applied twice",
        "The slope appears in delta once.",
        formula_at("delta", made_by=signals.slope_twice),
    ),
    Mistake(
        "slope-of-a",
        "σ′ given a instead of z",
        "σ′ is a function of z; in terms of a it is a(1 - a), not σ′(a).",
        formula_at("da_dz", "delta", made_by=signals.slope_of_a),
    ),
    Mistake(
        "slope-of-z",
        "the form in a, given z",
        "a(1 - a) takes the activation, not the pre-activation.",
        formula_at("da_dz", "delta", made_by=signals.slope_of_z),
    ),
    Mistake(
        "other-slope",
        "the slope of another activation",
        "σ′ of the sigmoid is a(1 - a), that of tanh is 1 - a².",
        signals.other_slope,
    ),
    Mistake(
        "softmax-diagonal",
        "only the diagonal of softmax's slope",
        "Each output of softmax depends on every z: where j and k differ, da[j]/dz[k] is -a[j]"
        " a[k].",
        signals.diagonal_only,
    ),
    Mistake(
        "slope-of-error",
        "σ′ applied to the error",
        "The slope is taken at z and multiplied by the error.",
        signals.slope_of_error,
    ),
    # between the layers
    Mistake(
        "updated-weights",
        "weights already updated",
        "All gradients are taken before any weight moves.",
        signals.errors_carried_back(signals.updated_weights),
    ),
    Mistake(
        "no-weights",
        "the weights left out on the way back",
        "The error reaches a unit through the weights of its outgoing connections.",
        signals.errors_carried_back(signals.no_weights),
    ),
    Mistake(
        "weights-not-transposed",
        "W without its transpose on the way back",
        "Backward, a unit gathers along its row of W: delta Wᵀ.",
        signals.errors_carried_back(signals.weights_not_transposed),
    ),
    # shapes and signs
    Mistake(
        "broadcast",
        "(m, 1) minus (m,) made m × m",
        "Subtracting a flat y from a column broadcasts to m × m: make y a column.",
        signals.broadcast,
    ),
    Mistake(
        "sign-of-class",
        "sign reversed for one class",
        "a - y holds for both classes: negative where y = 1, positive where y = 0.",
        signals.sign_of_class,
    ),
    Mistake(
        "sign",
        "the sign reversed",
        "delta is a - y and the gradient points uphill; the update subtracts it.",
        right_formulas_at("loss", *SIGNALS, *GRADIENTS, changed_by=Negative),
    ),
    Mistake(
        "transposed-gradient",
        "dW transposed",
        "dW has the shape of W: aᵀ delta, not deltaᵀ a.",
        right_formulas_at("dW", changed_by=Transpose),
    ),
    # what weights and biases get
    Mistake(
        "other-input",
        "dW from another layer's numbers",
        "dW multiplies delta by the inputs of the weights: the activations of the layer before.",
        gradients.other_input,
    ),
    Mistake(
        "bias-not-summed",
        "bias gradient not summed over the examples",
        "A bias feeds every example, so its gradient sums over them.",
        gradients.bias_not_summed,
    ),
    Mistake(
        "bias-wrong-product",
        "bias gradient from the wrong product",
        "db is the mean of delta, nothing else.",
        gradients.bias_products,
    ),
    Mistake(
        "bias-per-weight",
        "bias moved once for each weight",
        "A bias moves once in a step, not once for each incoming weight.",
        formula_at("db", "b_next", made_by=gradients.bias_per_weight),
    ),
    Mistake(
        "bias-left-out",
        "bias left out",
        "Biases learn too: db is the mean of delta.",
        formula_at("db", made_by=gradients.bias_left_out),
    ),
    # one example, an earlier step
    Mistake(
        "one-example",
        "one example only",
        "The gradient is the mean over all examples.",
        gradients.one_example,
    ),
    Mistake(
        "accumulated",
        "gradient added to an earlier one",
        "Set the gradients to zero before each step.",
        gradients.accumulated_gradient,
    ),
    # the update
    Mistake(
        "uphill",
        "the update adds the gradient",
        "To go downhill subtract: W - eta dW. If your delta is y - a, add.",
        gradients.update(lambda p, g: p + Scale(eta, g)),
    ),
    Mistake(
        "no-rate",
        "learning rate forgotten",
        "The step is the learning rate times the gradient.",
        gradients.update(lambda p, g: p - g),
    ),
    Mistake(
        "not-updated",
        "not updated",
        "Weights and biases all move in a step.",
        gradients.update(lambda p, g: p),
    ),
)
BY_ID = {mistake.id: mistake for mistake in MISTAKES}


def wrong_formulas(place: Place) -> Iterator[tuple[Mistake, Formula]]:
    """Yield every known mistake that can be made at a place, with its formula."""
    for mistake in MISTAKES:
        for formula in mistake.wrong(place):
            yield mistake, formula
