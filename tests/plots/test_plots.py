"""The pictures: what they show is what the network computes, and what can't be shown says why."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import backproof as bp
from backproof.backprop import objective
from backproof.parameter import parameter
from backproof.plots.curves import loss_slice

matplotlib.use("Agg")


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.fixture(scope="module")
def run():
    return bp.train(bp.Network.random((2, 2, 1)), *bp.load("xor"))


def test_the_boundary_is_where_the_output_is_one_half(run, ax):
    assert bp.plots.boundary(run.network, run.x, run.y, ax) is ax
    lines = [drawn for drawn in ax.collections if drawn.get_label().startswith("_")]
    clouds = [drawn for drawn in ax.collections if drawn not in lines]
    vertices = np.vstack([path.vertices for drawn in lines for path in drawn.get_paths()])
    inside = (np.abs(vertices - 0.5) < 0.7).all(axis=1)
    assert inside.sum() > 50
    # between two cells the contour is a straight line, and the output is steep there
    np.testing.assert_allclose(run.network.predict(vertices[inside])[:, 0], 0.5, atol=0.05)
    offsets = {tuple(point) for drawn in clouds for point in drawn.get_offsets()}
    assert offsets == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_the_line_in_the_hidden_plane_separates_the_classes(run, ax):
    from backproof.plots.plane import plane

    found = plane(run.network, run.x)
    p, q, r = found.line
    np.testing.assert_array_equal(found.points, bp.forward(run.network, run.x)["a1"])
    side = found.points @ [p, q] + r
    np.testing.assert_allclose(side, bp.forward(run.network, run.x)["z2"][:, 0], rtol=1e-12)
    assert ((side > 0) == (run.y[:, 0] == 1)).all()
    assert bp.plots.hidden_space(run.network, run.x, run.y, ax) is ax


def test_the_tangent_is_the_gradient(run, ax):
    net = run.at(20)
    assert bp.plots.loss_by_weight(net, run.x, run.y, "W2[1,1]", ax) is ax
    found = loss_slice(objective(net, run.x, run.y), parameter(net, "W2[1,1]"))
    q = bp.backward(net, run.x, run.y)
    assert found.value == net.layers[1].W[0, 0]
    assert (found.loss, found.gradient) == (q["loss"], q["dW2"][0, 0])
    for value, loss in zip(found.values[::20], found.losses[::20], strict=True):
        W = net.layers[1].W.copy()
        W[0, 0] = value
        moved = bp.backward(net.with_parameters({"W2": W}), run.x, run.y)
        assert moved["loss"] == pytest.approx(loss, rel=1e-14)


@pytest.mark.parametrize("name", ["W3[1,1]", "W2[3,1]", "W2[0,1]", "dW2[1,1]", "W2", "nonsense"])
def test_weights_that_are_not_there(run, ax, name):
    with pytest.raises(bp.InputError):
        bp.plots.loss_by_weight(run.network, run.x, run.y, name, ax)


def test_the_loss_curve(run, ax):
    bp.plots.loss(run, ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), run.losses)
    with pytest.raises(bp.InputError):
        bp.plots.loss([], ax)


def test_the_network_shows_every_weight(run, ax):
    bp.plots.network(run.network, ax)
    shown = {text.get_text() for text in ax.texts}
    for layer in run.network.layers:
        assert {f"{weight:.2f}" for weight in layer.W.ravel()} <= shown
        assert {f"{bias:+.2f}" for bias in layer.b} <= shown
    weights = np.concatenate([layer.W.ravel() for layer in run.network.layers])
    for line, weight in zip(ax.lines, weights, strict=True):
        assert (line.get_linestyle() == "-") == (weight > 0)


def test_a_tall_network_stays_in_the_picture(ax):
    bp.plots.network(bp.Network.random((2, 30, 1)), ax)
    low, high = ax.get_ylim()
    assert all(low < y < high for line in ax.lines for y in line.get_ydata())


def test_the_flow_of_the_notes(run, ax):
    bp.plots.flow(run.network, ax)
    assert [text.get_text() for text in ax.texts if text.get_size() > 10] == ["a1", "z2", "a2", "L"]
    assert "∂z2/∂a1 = W2" in {text.get_text() for text in ax.texts}
    with pytest.raises(bp.InputError):
        bp.plots.flow(run.network, ax, layer=5)


def test_the_animation(run, ax):
    film = bp.plots.animation(run, ax, count=5)
    titles = []
    for frame in range(film._save_count):
        film._func(frame)
        titles.append(ax.get_title(loc="left"))
    assert titles[0].startswith("epoch 0 ")
    assert titles[-1] == f"epoch 5,000   loss {run.loss:.4f}"
    film._draw_was_started = True  # it was drawn by hand


@pytest.mark.parametrize("name", ["blobs", "moons"])
def test_classes(name, ax):
    x, y = bp.load(name, n=40)
    net = bp.Network.random((2, 3, y.shape[1]), output="softmax" if y.shape[1] > 1 else "sigmoid")
    assert bp.plots.boundary(net, x, y, ax) is ax
    assert len(ax.get_legend().get_texts()) == max(2, y.shape[1])


def test_what_cannot_be_drawn_says_why(ax):
    rng = np.random.default_rng(0)
    net, x, y = bp.Network.random((3, 3, 1)), rng.random((4, 3)), [[0], [1], [0], [1]]
    with pytest.raises(bp.InputError, match="choose two"):
        bp.plots.boundary(net, x, y, ax)
    assert bp.plots.boundary(net, x, y, ax, inputs=(0, 2)) is ax
    for inputs in ((0, 3), (1, 1), (0,)):
        with pytest.raises(bp.InputError):
            bp.plots.boundary(net, x, y, ax, inputs=inputs)
    with pytest.raises(bp.InputError, match="choose two"):
        bp.plots.hidden_space(net, x, y, ax)
    assert bp.plots.hidden_space(net, x, y, ax, units=(0, 2)) is ax
    with pytest.raises(bp.InputError, match="no hidden layer"):
        bp.plots.hidden_space(bp.Network.random((3, 1)), x, y, ax)
    with pytest.raises(bp.InputError, match="at most"):
        bp.plots.network(bp.Network.random((3, 50, 1)), ax)


def test_a_regression_and_one_input(ax):
    x = np.linspace(0, 1, 12)[:, None]
    net = bp.Network.random((1, 3, 1), output="identity")
    assert bp.plots.boundary(net, x, x**2, ax) is ax
    across, up = ax.lines[0].get_data()
    np.testing.assert_allclose(up, net.predict(across[:, None])[:, 0])


def test_without_axes_a_figure_is_made(run):
    import matplotlib.pyplot as plt

    try:
        assert bp.plots.loss(run).figure is plt.gcf()
    finally:
        plt.close("all")


NAMES = ["$cost$", r"\alpha", "a_b^c", "_hidden", "$"]


def test_a_name_is_shown_as_it_stands():
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    drawn = figure.add_subplot()
    x, y = np.eye(5), np.eye(5)
    net = bp.Network.random((5, 3, 5), output="softmax")
    bp.plots.boundary(net, x, y, drawn, inputs=(0, 4), names=NAMES, classes=NAMES)
    figure.canvas.draw()
    texts = [drawn.xaxis.label, drawn.yaxis.label, *drawn.get_legend().get_texts()]
    assert [text._preprocess_math(text.get_text()) for text in texts] == [
        *((name, False) for name in ("$cost$", "$")),
        *((name.replace("_hidden", " _hidden"), False) for name in NAMES),
    ]


@pytest.mark.parametrize("classes", [("y = 0", "y = 1"), ("a long name of it", "another one")])
def test_title_and_legend_do_not_overlap(classes):
    from matplotlib.figure import Figure

    for inputs in (2, 3):
        figure = Figure(figsize=(5.2, 4.6), layout="constrained")
        drawn = figure.add_subplot()
        x, y = np.eye(inputs), np.eye(inputs)[:, :1]
        net = bp.Network.random((inputs, 2, 1))
        bp.plots.boundary(net, x, y, drawn, inputs=(0, 1), classes=classes)
        figure.canvas.draw()
        title = drawn._left_title.get_window_extent()
        assert not title.overlaps(drawn.get_legend().get_window_extent())


def test_the_network_says_biases_only_where_it_shows_them(ax):
    for sizes, bias, said in (((2, 2, 1), True, True), ((2, 8, 1), True, False)):
        bp.plots.network(bp.Network.random(sizes, bias=bias), ax)
        assert ("biases" in ax.get_title(loc="left")) is said
    bp.plots.network(bp.Network.random((2, 2, 1), bias=False), ax)
    assert "biases" not in ax.get_title(loc="left")


@pytest.mark.proof
@pytest.mark.parametrize("size", [1e308, 1.7e308])
def test_the_largest_numbers_are_drawn(size, xor, tmp_path):
    x, y = xor
    layers = [bp.Layer(np.full((2, 2), size), [size, 1]), bp.Layer([[-size], [size]], [size])]
    huge, usual = bp.Network(layers), bp.Network.random((2, 2, 1), seed=1)
    regression = bp.Network.random((2, 2, 1), output="identity", loss="mse", seed=1)
    for draw in (
        lambda ax: bp.plots.network(huge, ax),
        lambda ax: bp.plots.boundary(huge, x, y, ax),
        lambda ax: bp.plots.hidden_space(huge, x, y, ax),
        lambda ax: bp.plots.loss_by_weight(huge, x, y, "W1[1,1]", ax),
        lambda ax: bp.plots.boundary(usual, (x - 0.5) * size, y, ax),
        lambda ax: bp.plots.boundary(regression, x, (y - 0.5) * 2 * size, ax),
        lambda ax: bp.plots.loss([size, size / 2, 1.0], ax),
    ):
        figure = Figure(layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(tmp_path / "drawn.png")  # warnings are errors


def test_names_that_the_font_does_not_have_are_drawn_as_boxes(xor, tmp_path):
    figure = Figure(layout="constrained")
    ax = figure.add_subplot()
    net = bp.Network.random((2, 2, 1), seed=1)
    bp.plots.boundary(net, *xor, ax, names=["中文", "größe λ"], classes=["日本", "é🦊"])
    figure.savefig(tmp_path / "drawn.png")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("□□", "größe λ")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["□□", "é□"]
