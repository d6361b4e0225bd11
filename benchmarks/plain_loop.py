"""What a user would write: a NumPy loop for a dense sigmoid network, with its loss at every epoch.

The peer of `loop.py`: written by hand for each depth, as the notes have it, with no checks and no
records.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bce(a, y):
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / len(y)


def train_one_hidden(x, y, W1, b1, W2, b2, eta, epochs):
    """2-2-1 and its like: one hidden layer."""
    m = len(x)
    losses = []
    for _ in range(epochs):
        z1 = x @ W1 + b1
        a1 = sigmoid(z1)
        z2 = a1 @ W2 + b2
        a2 = sigmoid(z2)
        losses.append(bce(a2, y))
        delta2 = a2 - y
        dW2 = a1.T @ delta2 / m
        db2 = delta2.sum(axis=0) / m
        delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
        dW1 = x.T @ delta1 / m
        db1 = delta1.sum(axis=0) / m
        W1 -= eta * dW1
        b1 -= eta * db1
        W2 -= eta * dW2
        b2 -= eta * db2
    losses.append(bce(sigmoid(sigmoid(x @ W1 + b1) @ W2 + b2), y))
    return losses


def train_two_hidden(x, y, W1, b1, W2, b2, W3, b3, eta, epochs):
    """Two hidden layers."""
    m = len(x)
    losses = []
    for _ in range(epochs):
        a1 = sigmoid(x @ W1 + b1)
        a2 = sigmoid(a1 @ W2 + b2)
        a3 = sigmoid(a2 @ W3 + b3)
        losses.append(bce(a3, y))
        delta3 = a3 - y
        dW3 = a2.T @ delta3 / m
        db3 = delta3.sum(axis=0) / m
        delta2 = (delta3 @ W3.T) * a2 * (1 - a2)
        dW2 = a1.T @ delta2 / m
        db2 = delta2.sum(axis=0) / m
        delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
        dW1 = x.T @ delta1 / m
        db1 = delta1.sum(axis=0) / m
        W1 -= eta * dW1
        b1 -= eta * db1
        W2 -= eta * dW2
        b2 -= eta * db2
        W3 -= eta * dW3
        b3 -= eta * db3
    losses.append(bce(sigmoid(sigmoid(sigmoid(x @ W1 + b1) @ W2 + b2) @ W3 + b3), y))
    return losses
