"""The README's Python runs as tests; random cases are the same at every run, so that a failure can
be had again.
"""

import os

from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

os.environ["COLUMNS"] = "80"  # lines don't depend on the terminal that the tests are started from
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()], pattern="README.md"
).pytest()


def pytest_addoption(parser):
    """Add the option that writes what commands print now into the pages (see tests/consoles.py)."""
    parser.addoption("--rewrite-docs", action="store_true", help="pages show what is printed now")
