"""The README's Python runs as tests; random cases are the same at every run, so that a failure can be had again."""

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

settings.register_profile("same", derandomize=True)
settings.load_profile("same")

pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], pattern="README.md").pytest()


@pytest.hookimpl(tryfirst=True)  # before the items are dealt out
def pytest_collection_modifyitems(items):
    """Keep the README's examples in one process: each goes on from the one before."""
    for item in items:
        if item.path.name == "README.md":
            item.add_marker(pytest.mark.xdist_group("README"))
