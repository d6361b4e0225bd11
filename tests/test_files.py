"""Networks, runs and tables as files: what comes back, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings

import backproof as bp
from backproof.data.tables import read_problem
from networks import networks_with_data


@given(networks_with_data())
@settings(max_examples=50, deadline=None)
def test_a_network_reads_back_exactly(tmp_path_factory, case):
    net = case[0]
    path = tmp_path_factory.mktemp("net") / "net.json"
    net.to_json(path)
    back = bp.Network.from_json(path)
    for after, before in zip(back.layers, net.layers, strict=True):
        assert (after.activation, after.frozen_bias) == (before.activation, before.frozen_bias)
    assert back.loss == net.loss
    assert list(back.parameters()) == list(net.parameters())
    for name, value in net.parameters().items():
        assert back.parameters()[name].tobytes() == value.tobytes()


def test_a_network_that_an_editor_saved_with_a_mark_before_it_is_read(tmp_path):
    net = bp.Network.random((2, 2, 1))
    path = tmp_path / "net.json"
    net.to_json(path)
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert path.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert bp.Network.from_json(path).parameters().keys() == net.parameters().keys()


NETWORK = {
    "format": "backproof-network",
    "version": 1,
    "loss": "bce",
    "layers": [
        {"W": [[0.1, 0.2], [0.3, 0.4]], "b": [0.1, 0.2], "activation": "sigmoid"},
        {"W": [[0.5], [0.6]], "b": [0.0], "activation": "sigmoid"},
    ],
}


def changed(**keys):
    return json.dumps(NETWORK | keys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps(NETWORK)[:80], "cut off"),
        ("", "not JSON"),
        ("[1, 2]", "not a network file"),
        (changed(version=2), "version 2; this backproof reads version 1"),
        (changed(format="other"), '"format": "backproof-network"'),
        (
            changed(layers=[{"W": [[1, 2], [3]], "b": None, "activation": "sigmoid"}]),
            "layers[1].W must be numbers in rows of one length, got [[1, 2], [3]]",
        ),
        (changed(layers=[{"W": [[1]], "b": [1, 2], "activation": "sigmoid"}]), "b has 2 entries"),
        (
            changed(layers=[{"W": [[1]], "b": [1], "activation": "sigmod"}]),
            "Did you mean 'sigmoid'?",
        ),
        (changed(layers=[{"W": [[1]], "activation": "sigmoid"}]), 'lacks "b"'),
        (changed(layers=[]), "layers must be a list of at least 1 layer, got []"),
        (changed(layers="none"), "layers must be a list of at least 1 layer, got 'none'"),
        (
            changed(layers=[*NETWORK["layers"], NETWORK["layers"][0]]),
            "each unit of a layer is one input of the next",
        ),
        (changed(loss="cce"), "softmax"),
        (
            json.dumps(NETWORK).replace("0.5", "NaN"),
            "layers[2].W[1,1] must be a finite number, got nan",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_network_files_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(bp.InputError) as error:
        bp.Network.from_json(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


def test_the_contracts_example_reads(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(NETWORK))
    net = bp.Network.from_json(path)
    assert net.sizes == (2, 2, 1)
    assert net.layers[1].W[1, 0] == 0.6


# runs


@pytest.fixture
def run():
    x, y = bp.load("xor")
    return bp.train(
        bp.Network.random((2, 2, 1)), x, y, epochs=40, batch_size=3, example_weights=[1, 2, 1, 1]
    )


def test_a_run_reads_back_exactly(run, tmp_path):
    back = bp.Run.load(run.save(tmp_path / "run"))
    assert back.losses.tobytes() == run.losses.tobytes()
    assert back.settings == run.settings
    assert back.verdict == run.verdict
    assert back.at(17).layers[0].W.tobytes() == run.at(17).layers[0].W.tobytes()
    document = json.loads((tmp_path / "run" / "run.json").read_text())
    keys = "settings seed starts x y network_before network losses solved interrupted verdict"
    assert {*keys.split(), "versions"} <= set(document)


def test_what_is_not_finite_is_written_as_text(tmp_path):
    net = bp.Network([bp.Layer([[1e200]], None, "identity")])
    run = bp.train(net, [[1e200]], [[0.0]], learning_rate=1)
    folder = run.save(tmp_path / "run")
    assert json.loads((folder / "run.json").read_text())["losses"] == ["inf"]
    assert bp.Run.load(folder).losses[0] == np.inf


def test_a_folder_that_is_not_empty_is_kept(run, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(bp.InputError, match="not empty"):
        run.save(mine)
    with pytest.raises(bp.InputError, match="not a run"):
        run.save(mine, overwrite=True)
    with pytest.raises(bp.InputError, match="is a file"):
        run.save(mine / "letter.txt")
    with pytest.raises(bp.InputError, match=r"can't write|permission"):
        run.save(mine / "letter.txt" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (mine / "letter.txt").read_text() == "dear"


def test_overwriting_replaces_a_run_whole(run, tmp_path):
    folder = run.save(tmp_path / "run", pictures={"old.png": lambda path: path.write_bytes(b"old")})
    run.save(folder, overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_picture_that_fails_leaves_nothing(run, tmp_path):
    def broken(path):
        path.write_bytes(b"half")
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError, match="no ink"):
        run.save(tmp_path / "run", pictures={"a.png": broken})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "not a run"),
        ({"version": 9}, "version 9"),
        ({"losses": "many"}, "run"),
        ({"stopped": "why"}, "stopped"),
        ({"x": [[1], [2, 3]]}, "rows of one length"),
        ({"settings": {}}, 'settings lacks "learning_rate"'),
        ({"network": {}}, "network"),
    ],
)
def test_run_files_that_cannot_be_used(run, tmp_path, change, message):
    path = run.save(tmp_path / "run") / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(bp.InputError, match=message):
        bp.Run.load(tmp_path / "run")


# tables


def table(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "0,0,0\n0,1,1\n1,0,1\n1,1,0\n",
        "a,b,c\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n",
        "0;0;0\r\n0;1;1\r\n1;0;1\r\n1;1;0",
    ],
)
def test_xor_as_a_table(tmp_path, text):
    data = read_problem(table(tmp_path, text))
    for found, expected in zip((data.x, data.y), bp.load("xor"), strict=True):
        np.testing.assert_array_equal(found, expected)
    x, y = bp.load(str(table(tmp_path, text)))
    np.testing.assert_array_equal(x, data.x)
    np.testing.assert_array_equal(y, data.y)


def test_names_of_classes_and_another_target(tmp_path):
    path = table(tmp_path, "kind,length,width\nred,1,2\nblue,3,4\ngreen,5,6\nblue,7,8\n")
    data = read_problem(path, target="kind")
    assert data.classes == ("blue", "green", "red")
    np.testing.assert_array_equal(data.y, [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(data.x, [[1, 2], [3, 4], [5, 6], [7, 8]])
    assert (read_problem(path, target="1").x == data.x).all()


def test_numbers_are_a_regression(tmp_path):
    data = read_problem(table(tmp_path, "1,0.5\n2,0.75\n3,0.875\n"))
    assert data.classes == ()
    np.testing.assert_array_equal(data.y, [[0.5], [0.75], [0.875]])
    assert data.output == "identity"


def test_weights_of_examples(tmp_path):
    data = read_problem(table(tmp_path, "a,w,y\n0,1,0\n1,3,1\n"), weights="w")
    np.testing.assert_array_equal(data.weights, [1, 3])
    assert data.inputs == ("a",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,y\n0,,0\n1,1,1\n", "line 2, column 'b' is empty"),
        ("a,b,y\n0,1,0\n1,nan,1\n", "line 3, column 'b' is 'nan', which is not a finite number"),
        ("a,b,y\n0,1,0\n1,-inf,1\n", "'-inf', which is not a finite number"),
        ("a,b,y\n0,1,0\n1,one,1\n", "line 3, column 'b' is 'one', which is not a number"),
        ("0,1,0\n1,1\n", "line 2 has 2 cells, but line 1 has 3"),
        ("a,b,y\n", "no rows"),
        ("", "no rows"),
        ("a,b,y\n0,1,yes\n1,1,yes\n", "one class only, 'yes'"),
        ("a,b,y\n0,1,1\n1,1,1\n", "one class only"),
        ("a,b,y\n0,1,\n1,1,1\n", "column 'y' is empty"),
        ("a,b,y\n0,1,nan\n1,1,1\n", "'nan'"),
        ("y\n0\n1\n", "needs an input and a target"),
        ("a,a,y\n0,1,0\n", "two columns are called 'a'"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, message):
    with pytest.raises(bp.InputError) as error:
        read_problem(table(tmp_path, text))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_that_are_not_there(tmp_path):
    path = table(tmp_path, "length,width,kind\n1,2,a\n3,4,b\n")
    with pytest.raises(bp.InputError, match="Did you mean 'kind'"):
        read_problem(path, target="kinds")
    with pytest.raises(bp.InputError, match="both target and weights"):
        read_problem(path, weights="kind")
    with pytest.raises(bp.InputError, match="can't read"):
        read_problem(tmp_path / "nothing.csv")


# problems


@pytest.mark.parametrize(
    ("name", "y"),
    [
        ("xor", "0110"),
        ("and", "0001"),
        ("or", "0111"),
        ("nand", "1110"),
        ("nor", "1000"),
        ("xnor", "1001"),
        ("parity-2", "0110"),
    ],
)
def test_gates(name, y):
    x, found = bp.load(name)
    np.testing.assert_array_equal(x, [[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_array_equal(found[:, 0], [int(digit) for digit in y])


def test_parity():
    x, y = bp.load("parity-5")
    assert x.shape == (32, 5)
    np.testing.assert_array_equal(y[:, 0], x.sum(axis=1) % 2)


@pytest.mark.parametrize("name", ["moons", "circles", "spiral", "blobs"])
def test_clouds(name):
    x, y = bp.load(name, n=60, noise=0.1, seed=3)
    assert len(x) == len(y) == 60
    again, other = (bp.load(name, n=60, noise=0.1, seed=seed)[0] for seed in (3, 4))
    assert x.tobytes() == again.tobytes() != other.tobytes()


def test_digits():
    x, y = bp.load("digits")
    assert x.shape == (1797, 64)
    assert y.shape == (1797, 10)
    assert (y.sum(axis=1) == 1).all()
    assert x.min() >= 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("moon", "Did you mean 'moons'?"),
        ("parity-0", "1 to"),
        ("parity-99", "1 to"),
        ("", "unknown"),
    ],
)
def test_unknown_problems(name, message):
    with pytest.raises(bp.InputError, match=message):
        bp.load(name)


@pytest.mark.parametrize("init", ["normal", "uniform", "glorot", "he", "constant", "zeros"])
def test_starting_weights(init):
    net = bp.Network.random((400, 300, 1), seed=2, init=init)
    again = bp.Network.random((400, 300, 1), seed=2, init=init)
    W = net.layers[0].W
    assert W.tobytes() == again.layers[0].W.tobytes()
    # Glorot and Bengio 2010: variance 2/(n_in + n_out); He et al. 2015: 2/n_in
    spread = {
        "glorot": np.sqrt(2 / 700),
        "he": np.sqrt(2 / 400),
        "normal": 1,
        "uniform": 1 / np.sqrt(3),
        "constant": 0,
        "zeros": 0,
    }[init]
    assert W.std() == pytest.approx(spread, rel=0.02, abs=1e-12)
    assert abs(W.mean()) < 0.02 or init == "constant"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"init": "glort"}, "'glorot'"),
        ({"scale": -1}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"seed": "x"}, "seed"),
        ({"bias": 3}, "bias"),
    ],
)
def test_starts_that_cannot_be_used(options, message):
    with pytest.raises(bp.InputError, match=message):
        bp.Network.random((2, 2, 1), **options)


@pytest.mark.parametrize("sizes", [(2,), (2, 0, 1), (2, 2.5, 1), "221", (), (2, -1)])
def test_sizes_that_cannot_be_used(sizes):
    with pytest.raises(bp.InputError):
        bp.Network.random(sizes)
