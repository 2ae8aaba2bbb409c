#!/usr/bin/env python3
"""Prints the Homebrew formula of a release: homebrew.py SHA256SUMS"""

import re
import sys
from pathlib import Path

import project


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="ascii").splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}

    def fill(match: re.Match) -> str:
        match match[1].partition(":"):
            case ("url", _, target):
                return f"https://github.com/outgate/outgate/releases/download/v{project.version()}/{project.archive(target)}"
            case ("sha256", _, target):
                return sums[project.archive(target)]
        raise SystemExit(f"homebrew.py: {match[0]} is not known")

    formula = (project.ROOT / "packaging/homebrew/outgate.rb").read_text(encoding="utf-8")
    # The comment tells of the template, not of the formula.
    print(re.sub(r"@([a-z0-9]+:[\w-]+)@", fill, formula.split("\n", 1)[1]), end="")


if __name__ == "__main__":
    main()
