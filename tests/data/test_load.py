"""Data by a name or from a file: one list of endings for every place that reads them."""

import numpy as np
import pytest

import backproof as bp
from backproof.data.load import TABLE_ENDINGS, data_of, is_table

TEXT = "x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"


@pytest.mark.parametrize("ending", TABLE_ENDINGS)
def test_every_ending_is_read_wherever_data_are(ending, tmp_path):
    path = tmp_path / f"gate{ending.upper()}"
    path.write_text(TEXT.replace(",", "\t") if ending == ".tsv" else TEXT)
    assert is_table(path)
    x, y = bp.load("xor")
    for found in (bp.load(path), bp.load(str(path)), (data_of(path).x, data_of(path).y)):
        np.testing.assert_array_equal(found[0], x)
        np.testing.assert_array_equal(found[1], y)
    answers = tmp_path / "answers.toml"
    bp.Network.random((2, 2, 1)).to_json(tmp_path / "net.json")
    answers.write_text(f'network = "net.json"\nproblem = "{path.name}"\n[answers]\nloss = "0.7"\n')
    from backproof.marking.answers.files import read_answers

    np.testing.assert_array_equal(read_answers(answers).subject()[1], x)


def test_a_name_is_a_problem():
    assert not is_table("xor")
    assert data_of("parity-3").x.shape == (8, 3)
    with pytest.raises(bp.InputError, match="unknown problem 'xorr'"):
        bp.load("xorr")


def test_what_is_no_name_is_said_so():
    with pytest.raises(bp.InputError, match="unknown problem '5'"):
        bp.load(5)
