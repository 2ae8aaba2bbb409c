#!/usr/bin/env python3
"""Writes a folder with a made-up token in it: plant.py FOLDER. For CI."""

import random
import sys
import zlib
from pathlib import Path

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token() -> str:
    """A classic token of GitHub with a valid checksum; made here because none may stand in the repository."""
    body = "".join(random.choices(BASE62, k=30))
    rest, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = BASE62[digit] + check
    return f"ghp_{body}{check}"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir()
    (folder / "settings.py").write_text(f"token = '{token()}'\n")
