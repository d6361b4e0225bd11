"""The plain 30-line script of the start-up benchmark: XOR by NumPy, two pictures by matplotlib."""

import sys

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from plain_loop import sigmoid, train_one_hidden

folder, epochs = sys.argv[1], int(sys.argv[2])
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([[0.0], [1.0], [1.0], [0.0]])
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(2, 2)), rng.normal(size=2)
W2, b2 = rng.normal(size=(2, 1)), rng.normal(size=1)
losses = train_one_hidden(x, y, W1, b1, W2, b2, 5.0, epochs)
print(losses[-1])

grid = np.linspace(-0.25, 1.25, 160)
across, up = np.meshgrid(grid, grid)
points = np.column_stack([across.ravel(), up.ravel()])
a2 = sigmoid(sigmoid(points @ W1 + b1) @ W2 + b2).reshape(across.shape)
plt.figure(figsize=(5.2, 4.6))
plt.contourf(across, up, a2, levels=20, cmap="RdBu_r")
plt.contour(across, up, a2, levels=[0.5], colors="black")
plt.scatter(x[:, 0], x[:, 1], c=y[:, 0], cmap="RdBu_r", edgecolors="black")
plt.savefig(f"{folder}/boundary.png", dpi=120)
plt.figure(figsize=(5.2, 4.6))
plt.plot(losses)
plt.yscale("log")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.savefig(f"{folder}/loss.png", dpi=120)
