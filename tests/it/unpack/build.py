"""Builds one file of every kind, each with one token, and tells where in it the token stands.

usage: build.py FOLDER TOKEN...   (one token a case; `build.py --count` says how many)

Prints a line a case: the address of the token. Only the standard library is used.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import archives  # noqa: E402, F401
import containers  # noqa: E402, F401
import data  # noqa: E402, F401
import documents  # noqa: E402, F401
from cases import CASES  # noqa: E402


def main():
    if sys.argv[1:] == ["--count"]:
        print(len(CASES))
        return
    folder, tokens = pathlib.Path(sys.argv[1]), sys.argv[2:]
    for (address, build), token in zip(CASES, tokens, strict=True):
        name = address.split("!/")[0].split("#")[0]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = build(token)
        # Where the token decides on the address, the builder gives it.
        made, address = made if isinstance(made, tuple) else (made, address)
        path.write_bytes(made)
        print(address)


main()
