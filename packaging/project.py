"""What the packaging scripts know of the project: its version and the targets it is released for."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Target(NamedTuple):
    """A platform as Rust, npm and Docker name it."""

    os: str
    cpu: str
    libc: str = ""
    docker: str = ""

    @property
    def npm(self) -> str:
        return "-".join(filter(None, (self.os, self.cpu, self.libc)))


TARGETS = {
    "x86_64-unknown-linux-gnu": Target("linux", "x64", "gnu"),
    "aarch64-unknown-linux-gnu": Target("linux", "arm64", "gnu"),
    # Static, hence the ones for images.
    "x86_64-unknown-linux-musl": Target("linux", "x64", "musl", docker="linux/amd64"),
    "aarch64-unknown-linux-musl": Target("linux", "arm64", "musl", docker="linux/arm64"),
    "x86_64-apple-darwin": Target("darwin", "x64"),
    "aarch64-apple-darwin": Target("darwin", "arm64"),
    "x86_64-pc-windows-msvc": Target("win32", "x64"),
    "aarch64-pc-windows-msvc": Target("win32", "arm64"),
}


def version() -> str:
    """The one place that states the version is Cargo.toml."""
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "([^"]+)"$', cargo, re.MULTILINE)[1]


def binary(target: str) -> str:
    return "outgate.exe" if "windows" in target else "outgate"


def stem(target: str) -> str:
    return f"outgate-v{version()}-{target}"


def archive(target: str) -> str:
    return stem(target) + (".zip" if "windows" in target else ".tar.gz")
