"""How Sphinx builds the site; every warning is an error in `.ci/run`."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "Schematic"
author = "The Schematic contributors"
copyright = "2026, The Schematic contributors"
version = release = version_of("schematic-ws")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
# What is generated is included by the pages that show it.
exclude_patterns = ["_build", "generated"]

html_theme = "furo"
html_title = "Schematic"

# Docstrings write `Name` for a name; one that leads nowhere is shown as code.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
