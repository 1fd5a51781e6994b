"""Settings of the documentation: ``sphinx-build -W docs/site results/docs``, without a network."""

import sys
from pathlib import Path

from latex2mathml.converter import convert

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

project = "cradl"
author = "The cradl developers"
project_copyright = "the cradl developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "cradl"
html_copy_source = False
html_show_sphinx = False
templates_path: list[str] = []
exclude_patterns: list[str] = []
# What stands in single backticks in a docstring is a name in the code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_rtype = False
# The fields of a named tuple are described once, in its docstring.
napoleon_use_ivar = True
# config/README.md is a page of the project's folder: its links lead there.
suppress_warnings = ["myst.xref_missing", "myst.header"]
html_math_renderer = "mathml"


def _inline(self, node):
    """Write a formula in a line as MathML, which browsers read without a script."""
    from docutils import nodes

    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _displayed(self, node):
    from docutils import nodes

    self.body.append(f"<p>{convert(node.astext(), display='block')}</p>")
    raise nodes.SkipNode


def _skipped(_app, _what, _name, member, _skip, _options):
    return True if type(member).__name__ == "_tuplegetter" else None


def setup(app):
    """Register how formulas are written, and what is left out."""
    app.connect("autodoc-skip-member", _skipped)
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
