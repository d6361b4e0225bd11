"""The table of settings: the functions, their defaults and the command line agree with it."""

import inspect

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import backproof as bp
from backproof.cli.train import train as command
from backproof.settings import (
    CHOICE,
    DATA,
    DECIMALS,
    NETWORK,
    NUMBER,
    SEED,
    SWITCH,
    TRAINING,
    WHOLE,
    Setting,
)
from backproof.training.settings import Settings

EVERY = [*NETWORK.values(), *DATA.values(), *TRAINING.values()]
CHECKED = [setting for setting in EVERY if setting.kind in (NUMBER, WHOLE)]


def test_every_setting_says_what_it_does():
    for setting in EVERY:
        assert setting.help
        assert not setting.help.endswith(".")
        assert (setting.kind == CHOICE) == bool(setting.choices)


def test_the_values_of_a_training_have_the_defaults_of_the_table():
    usual = {name: one.default for name, one in TRAINING.items()}
    assert Settings(learning_rate=0.1).document() == usual | {"learning_rate": 0.1}


def test_the_signature_of_train_has_them_too():
    parameters = inspect.signature(bp.train).parameters
    for name, setting in TRAINING.items():
        assert parameters[name].default == setting.default, name


def test_the_command_has_an_option_for_each():
    options = {option.name: option for option in command.params}
    for setting in EVERY:
        name = setting.flag or setting.name
        assert name in options
        if setting.name != "seed":
            assert setting.help.lower()[:20] in options[name].help.lower()


@pytest.mark.parametrize("setting", CHECKED, ids=lambda one: one.name)
@given(value=st.one_of(st.floats(allow_nan=True), st.integers(-5, 10**6), st.booleans()))
def test_a_value_is_taken_where_it_lies_in_the_range(setting, value):
    whole = isinstance(value, int) or setting.kind == NUMBER
    low = value > setting.low if setting.above else value >= setting.low
    inside = low and value < setting.below and value <= setting.most and abs(value) < float("inf")
    if whole and inside and not isinstance(value, bool):
        found = setting.check(value)
        assert found == value
        assert type(found) is (int if setting.kind == WHOLE else float)
        return
    with pytest.raises(bp.InputError) as error:
        setting.check(value)
    assert str(error.value) == (
        f"{setting.name} must be a {'whole' if setting.kind == WHOLE else 'finite'} number"
        f" {setting.range}, got {value!r}."
    )


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (Setting("n", "", WHOLE, low=6), "from 6 up"),
        (Setting("n", "", above=True), "above 0"),
        (Setting("n", "", below=1), "from 0 and below 1"),
        (Setting("n", "", WHOLE, low=1, most=12), "from 1 to 12"),
    ],
)
def test_the_range_in_words(setting, words):
    assert setting.range == words


def test_switches_seeds_and_choices():
    assert TRAINING["shuffle"].kind == SWITCH
    with pytest.raises(bp.InputError, match="shuffle must be True or False, got 1"):
        TRAINING["shuffle"].check(1)
    assert TRAINING["seed"].kind == SEED
    with pytest.raises(bp.InputError, match="seed must be a whole number from 0 up, got -1"):
        TRAINING["seed"].check(-1)
    with pytest.raises(bp.InputError, match=r"unknown optimiser 'admm'.*Did you mean 'adam'"):
        TRAINING["optimiser"].check("admm")
    assert TRAINING["patience"].check(None) is None
    with pytest.raises(
        bp.InputError, match="epochs must be a whole number from 0 to 1,000,000,000, got None"
    ):
        TRAINING["epochs"].check(None)


def test_a_whole_number_that_is_no_float():
    with pytest.raises(
        bp.InputError, match="decimals must be a whole number from 1 to 17, got 1000"
    ):
        DECIMALS.check(10**400)
    with pytest.raises(bp.InputError, match=r"epochs must be .* to 1,000,000,000, got 1000.*…"):
        TRAINING["epochs"].check(10**400)
    with pytest.raises(bp.InputError, match="learning_rate must be a finite number"):
        TRAINING["learning_rate"].check(10**400)
    with pytest.raises(bp.InputError, match="got int too large to be shown"):
        TRAINING["epochs"].check(10**5000)


def test_a_command_and_a_function_refuse_alike(tmp_path):
    found = CliRunner().invoke(command, ["--momentum", "1.5", "--out", str(tmp_path / "run")])
    with pytest.raises(bp.InputError) as error:
        bp.train(bp.Network.random((2, 2, 1)), *bp.load("xor"), momentum=1.5)
    assert str(found.exception) == str(error.value)
