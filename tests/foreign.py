"""The same mathematics by a foreign autograd (HIPS autograd), from functions written here and not
taken from the package.
"""

import autograd.numpy as anp
from autograd import grad
from autograd.scipy.special import erfc


def softmax(z):
    e = anp.exp(z - anp.max(z, axis=1, keepdims=True))
    return e / anp.sum(e, axis=1, keepdims=True)


ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.expm1(anp.where(z > 0, 0.0, z))),
    "softplus": lambda z: anp.logaddexp(0.0, z),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "gelu": lambda z: z * 0.5 * erfc(-z / anp.sqrt(2.0)),
    "identity": lambda z: z,
    "softmax": softmax,
}
LOSSES = {  # per example
    "bce": lambda a, y: -anp.sum(y * anp.log(a) + (1 - y) * anp.log(1 - a), axis=1),
    "cce": lambda a, y: -anp.sum(y * anp.log(a), axis=1),
    "mse": lambda a, y: anp.sum((a - y) ** 2, axis=1),
    "half_mse": lambda a, y: anp.sum((a - y) ** 2, axis=1) / 2,
}


def quantities(net, x, y, weights=None, l2=0.0):
    """Return loss, dW, db, and dL_da, delta of every layer: the last two as derivatives by a push
    on `a` and `z`.
    """
    biases = [0.0 if layer.b is None else layer.b for layer in net.layers]
    s = anp.ones(len(x)) if weights is None else weights / anp.mean(weights)

    def own_losses(W, b, push_z, push_a):
        a = x
        for k, layer in enumerate(net.layers):
            z = a @ W[k] + b[k] + push_z[k]
            a = ACTIVATIONS[layer.activation](z) + push_a[k]
        return s * LOSSES[net.loss](a, y)

    def mean_loss(W, b):
        zeros = [0.0] * len(biases)
        return anp.mean(own_losses(W, b, zeros, zeros)) + l2 / 2 * sum(anp.sum(w**2) for w in W)

    W, b = [layer.W for layer in net.layers], [anp.array(bias) for bias in biases]
    still = [anp.zeros((len(x), w.shape[1])) for w in W]
    found = {"loss": mean_loss(W, b)}
    dW, db = grad(mean_loss, 0)(W, b), grad(mean_loss, 1)(W, b)
    delta = grad(lambda push: anp.sum(own_losses(W, b, push, still)))(still)
    dL_da = grad(lambda push: anp.sum(own_losses(W, b, still, push)))(still)
    for k, layer in enumerate(net.layers):
        found |= {f"dW{k + 1}": dW[k], f"delta{k + 1}": delta[k], f"dL_da{k + 1}": dL_da[k]}
        if layer.b is not None:
            found[f"db{k + 1}"] = db[k]
    return found
