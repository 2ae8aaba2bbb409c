"""What pre-commit installs: the wheel of the same version from PyPI.

pre-commit runs `pip install .` in a clone of this repository. Compiling there would take minutes and a
Rust toolchain on every machine, so the real package is in packaging/pypi.
"""

import re
from pathlib import Path

from setuptools import setup

cargo = (Path(__file__).parent / "Cargo.toml").read_text(encoding="utf-8")
version = re.search(r'^version = "([^"]+)"$', cargo, re.MULTILINE).group(1)

setup(
    name="outgate-from-pypi",
    version="0",
    install_requires=[f"outgate=={version}"],
    # There are no modules here to look for.
    py_modules=[],
)
