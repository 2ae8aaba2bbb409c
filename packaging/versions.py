#!/usr/bin/env python3
"""Checks that every place which names a version names that of Cargo.toml; --write makes it so.

Most places take it from there when they are built. These cannot: a reader copies them, or another tool reads them.
"""

import re
import subprocess
import sys

import project

NAMED = re.compile(
    r"""(
        outgate/outgate(?:@v|:|/releases/download/v)    # action, image, release
      | \boutgate(?:==|@|-v)                            # PyPI, npm, archive
      | github\.com/outgate/outgate\n\s+rev:\ v         # pre-commit: two lines
      | "pipx:outgate"\ =\ "                           # mise
      | \bOUTGATE_VERSION[=:]\ ?['"]?                   # scripts of CI
      | ^name\ =\ "outgate"\nversion\ =\ "              # Cargo.lock
    )(\d+\.\d+\.\d+(?:-[a-z]+\.\d+)?)""",
    re.MULTILINE | re.VERBOSE,
)
# Tests make versions up, sums are those of all versions there were.
OTHERS = ("tests/", "src/", "detectors/", "packaging/action/SHA256SUMS")


def main() -> int:
    version = project.version()
    write = sys.argv[1:] == ["--write"]
    command = ["git", "-C", project.ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    places = wrong = 0
    for name in names:
        path = project.ROOT / name
        if name.startswith(OTHERS) or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        for found in NAMED.finditer(text):
            places += 1
            if found[2] != version:
                wrong += 1
                line = text.count("\n", 0, found.start(2)) + 1
                print(f"{name}:{line}: {found[2]} should be {version}", file=sys.stderr)
        if write:
            path.write_bytes(NAMED.sub(rf"\g<1>{version}", text).encode())
    print(f"versions.py: {places} places name a version, {wrong} of them not {version}")
    return 1 if wrong and not write else 0


if __name__ == "__main__":
    sys.exit(main())
