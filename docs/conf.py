"""How the documentation is built: `sphinx-build -W docs docs/_build`. Nothing in it is fetched from
elsewhere.
"""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.util.math import get_node_equation_number

import backproof

project = "backproof"
author = copyright = "the backproof authors"
release = version = backproof.__version__
extensions = ["myst_nb"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
exclude_patterns = ["_build", "decisions"]
html_theme = "furo"
html_title = "backproof"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False


def inline(self, node):
    """Write inline mathematics as MathML, which every browser draws by itself."""
    self.body.append(convert(node.astext()))
    raise SkipNode


def display(self, node):
    """Write a displayed equation as MathML, with its number."""
    number = (
        f'<span style="float: right">({get_node_equation_number(self, node)})</span>'
        if node["label"]
        else ""
    )
    self.body.append(f'<div class="math">{number}{convert(node.astext(), display="block")}</div>')
    raise SkipNode


def setup(app):
    """Register the way in which mathematics is written."""
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    return {"parallel_read_safe": True}
