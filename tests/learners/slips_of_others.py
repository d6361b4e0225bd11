"""Slips from the wild, re-created: each function is a step as somebody published or asked about it,
with the mistake in it.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def right(x, y, W1, b1, W2, b2):
    m = len(x)
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    dZ2 = a2 - y
    dZ1 = dZ2 @ W2.T * a1 * (1 - a1)
    dW2, db2 = a1.T @ dZ2 / m, dZ2.mean(axis=0)
    dW1, db1 = x.T @ dZ1 / m, dZ1.mean(axis=0, keepdims=True)
    found = {"A1": a1, "A2": a2, "dZ2": dZ2, "dW2": dW2, "db2": db2}
    return found | {"dZ1": dZ1, "dW1": dW1, "db1": db1}


def updated_output_weights(x, y, W1, b1, W2, b2, learning_rate):
    """Hidden errors computed after the output weights have moved, for half the squared error."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    dW2 = a1.T @ delta2 / len(x)
    W2 = W2 - learning_rate * dW2
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    dW1 = x.T @ delta1 / len(x)
    W1 = W1 - learning_rate * dW1
    found = {"a2": a2, "delta2": delta2, "dW2": dW2, "W2_next": W2}
    return found | {"delta1": delta1, "dW1": dW1, "W1_next": W1}


def slope_of_the_activation(x, y, W1, b1, W2, b2):
    """``sigmoid_prime`` squashes its argument, and is given what is squashed already."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    delta2 = a2 - y
    delta1 = (delta2 @ W2.T) * sigmoid_prime(a1)
    dW2, dW1 = a1.T @ delta2 / len(x), x.T @ delta1 / len(x)
    return {"delta2": delta2, "dW2": dW2, "delta1": delta1, "dW1": dW1}


def bias_moved_once_per_weight(x, y, W1, b1, W2, b2, learning_rate):
    """The bias stands inside the loop over the weights."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    delta2 = a2 - y
    dW2, db2 = a1.T @ delta2 / len(x), delta2.mean(axis=0)
    W2_new, b2_new = W2.copy(), b2.copy()
    for k in range(W2.shape[1]):
        for j in range(W2.shape[0]):
            W2_new[j, k] -= learning_rate * dW2[j, k]
            b2_new[k] -= learning_rate * db2[k]
    return {"a2": a2, "dW2": dW2, "db2": db2, "W2_new": W2_new, "b2_new": b2_new}


def missing_mean(x, y, W1, b1, W2, b2):
    """The loss is a mean, the hidden layer's gradient a sum."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))
    dz2 = a2 - y
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    dW2, db2 = a1.T @ dz2 / len(x), dz2.mean(axis=0)
    dW1, db1 = x.T @ dz1, dz1.mean(axis=0)
    return {"loss": loss, "dW2": dW2, "db2": db2, "dW1": dW1, "db1": db1}


def broadcast(x, y, W1, b1, W2, b2):
    """A flat array of targets under a column of outputs."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    error = a2 - y.ravel()
    return {"a1": a1, "a2": a2, "delta2": error}


def mean_of_squares_with_the_error_alone(x, y, W1, b1, W2, b2):
    """``error = output - target`` for the squared error, the slope of the output forgotten."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    delta2 = a2 - y
    return {"a2": a2, "delta2": delta2, "dW2": a1.T @ delta2 / len(x)}


def four_examples(x, y, W1, b1, W2, b2):
    """Written for XOR: 4 stands where m belongs."""
    a1 = sigmoid(x @ W1 + b1)
    delta2 = sigmoid(a1 @ W2 + b2) - y
    return {"dW2": a1.T @ delta2 / 4, "db2": delta2.mean(axis=0)}


kept = {"dW2": 0, "db2": 0}


def accumulates(x, y, W1, b1, W2, b2):
    """Gradients that are never set to zero."""
    a1 = sigmoid(x @ W1 + b1)
    delta2 = sigmoid(a1 @ W2 + b2) - y
    kept["dW2"] = kept["dW2"] + a1.T @ delta2 / len(x)
    kept["db2"] = kept["db2"] + delta2.mean(axis=0)
    return {"delta2": delta2} | kept


def for_ever(x, y, W1, b1, W2, b2):
    while True:
        pass


def prints(x, y, W1, b1, W2, b2):
    print("one line" * 10)
    return right(x, y, W1, b1, W2, b2)


def raises(x, y, W1, b1, W2, b2):
    hidden = sigmoid(x @ W1 + b1)
    return {"z2": W2 @ hidden}


def returns_a_tuple(x, y, W1, b1, W2, b2):
    return x @ W1, x


def returns_words(x, y, W1, b1, W2, b2):
    return {"delta2": "small", "dW2": W2}


def returns_another_shape(x, y, W1, b1, W2, b2):
    return {"z1": (x @ W1 + b1)[0]}


def changes_its_arguments(x, y, W1, b1, W2, b2):
    found = right(x, y, W1, b1, W2, b2)
    W1 -= found["dW1"]
    return found


def exits(x, y, W1, b1, W2, b2):
    raise SystemExit(3)


def dies(x, y, W1, b1, W2, b2):
    import os

    os._exit(7)


def without_biases(x, y, W1, W2):
    a1 = sigmoid(x @ W1)
    return {"a1": a1, "delta2": sigmoid(a1 @ W2) - y}


def weights_first(x, y, w1, w2, b1, b2):
    a1 = sigmoid(x @ w1 + b1)
    return {"a1": a1, "delta2": sigmoid(a1 @ w2 + b2) - y}


def any_number(x, y, *parameters):
    W1, b1, W2, b2 = parameters
    return right(x, y, W1, b1, W2, b2)


def takes_something_else(net, data, epochs):
    return {}


def in_single_precision(x, y, W1, b1, W2, b2):
    return {name: value.astype("float32") for name, value in right(x, y, W1, b1, W2, b2).items()}
