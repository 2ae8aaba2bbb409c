#!/usr/bin/env python3
"""Makes the files of a release.

archive.py pack BINARY TARGET OUT   one archive; the binary has to run here, it writes what goes with it
archive.py sums FOLDER              SHA256SUMS of all that is in a folder
archive.py docker FOLDER OUT        the binaries of the images, as the Dockerfile expects them
"""

import argparse
import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import project

SHELLS = {
    "bash": "outgate.bash",
    "elvish": "outgate.elv",
    "fish": "outgate.fish",
    "powershell": "_outgate.ps1",
    "zsh": "_outgate",
}
# 1980 is the first year that zip knows.
EPOCH = 315532800
TEXTS = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "NOTICE"]


def contents(binary: Path, target: str) -> dict[str, bytes]:
    def ask(*arguments: str) -> bytes:
        return subprocess.run([binary, *arguments], check=True, stdout=subprocess.PIPE).stdout

    files = {project.binary(target): binary.read_bytes()}
    files |= {name: (project.ROOT / name).read_bytes() for name in TEXTS}
    files |= {f"completions/{name}": ask("completions", shell) for shell, name in SHELLS.items()}
    files["man/outgate.1"] = ask("man")
    said = ask("--version").decode().strip()
    if said != f"outgate {project.version()}":
        raise SystemExit(f"archive.py: the binary says {said!r}, Cargo.toml {project.version()}")
    return files


def pack(binary: Path, target: str, out: Path) -> None:
    """The same input gives the same bytes: the order, owners and times of entries are fixed."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / project.archive(target)
    files = sorted(contents(binary.resolve(), target).items())

    def mode(name: str) -> int:
        return 0o755 if name == project.binary(target) else 0o644

    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, blob in files:
                entry = zipfile.ZipInfo(f"{project.stem(target)}/{name}")
                entry.external_attr = (0o100000 | mode(name)) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                pack.writestr(entry, blob)
    else:
        with (
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as pack,
        ):
            for name, blob in files:
                entry = tarfile.TarInfo(f"{project.stem(target)}/{name}")
                entry.size, entry.mode, entry.mtime = len(blob), mode(name), EPOCH
                pack.addfile(entry, io.BytesIO(blob))
    print(path)


def sums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii", newline="\n")


def unpack(folder: Path, target: str) -> bytes:
    """The binary of an archive."""
    path = folder / project.archive(target)
    name = f"{project.stem(target)}/{project.binary(target)}"
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as pack:
            return pack.read(name)
    with tarfile.open(path) as pack:
        return pack.extractfile(name).read()


def write_binary(path: Path, blob: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob)
    path.chmod(0o755)


def docker(folder: Path, out: Path) -> None:
    for target, platform in project.TARGETS.items():
        if platform.docker:
            write_binary(out / platform.docker / "outgate", unpack(folder, target))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("pack")
    command.add_argument("binary", type=Path)
    command.add_argument("target", choices=project.TARGETS)
    command.add_argument("out", type=Path)
    command = commands.add_parser("sums")
    command.add_argument("folder", type=Path)
    command = commands.add_parser("docker")
    command.add_argument("folder", type=Path)
    command.add_argument("out", type=Path)
    arguments = vars(parser.parse_args())
    {"pack": pack, "sums": sums, "docker": docker}[arguments.pop("command")](**arguments)


if __name__ == "__main__":
    sys.exit(main())
