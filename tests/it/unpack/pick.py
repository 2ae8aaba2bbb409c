"""Builds the files of some kinds, each with a token.

usage: pick.py FOLDER ADDRESS TOKEN [ADDRESS TOKEN]...   (addresses are those of build.py)

Prints a line a file: the address of its token.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import archives  # noqa: E402, F401
import containers  # noqa: E402, F401
import data  # noqa: E402, F401
import documents  # noqa: E402, F401
from cases import CASES  # noqa: E402

folder, builders = pathlib.Path(sys.argv[1]), dict(CASES)
for address, token in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
    path = folder / address.split("!/")[0].split("#")[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    made = builders[address](token)
    made, address = made if isinstance(made, tuple) else (made, address)
    path.write_bytes(made)
    print(address)
