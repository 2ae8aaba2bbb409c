#!/usr/bin/env python3
"""Makes the npm packages from the archives of a release: npm.py ARCHIVES OUT [--partial]

One package a platform holds the binary, and the package `outgate` names them all as optional: npm installs
the one that fits and nothing is downloaded by a script. --partial goes without the archives that are not there.
"""

import argparse
import json
import shutil
from pathlib import Path

import archive
import project

SHARED = {
    "version": project.version(),
    "description": "A fast, offline scanner for secrets and credentials in code repositories",
    "license": "MIT OR Apache-2.0",
    "homepage": "https://github.com/outgate/outgate",
    "repository": {"type": "git", "url": "git+https://github.com/outgate/outgate.git"},
}
TEXTS = ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"]


def write(folder: Path, manifest: dict) -> None:
    (folder / "package.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for name in TEXTS:
        shutil.copy(project.ROOT / name, folder)
    print(folder)


def platform_package(archives: Path, target: str, out: Path) -> str:
    platform = project.TARGETS[target]
    name = f"@outgate/{platform.npm}"
    folder = out / platform.npm
    archive.write_binary(folder / "bin" / project.binary(target), archive.unpack(archives, target))
    (folder / "README.md").write_text(f"The binary of outgate for {target}. Install `outgate`.\n")
    manifest = {"name": name} | SHARED | {"os": [platform.os], "cpu": [platform.cpu], "files": ["bin"]}
    if platform.libc:
        manifest["libc"] = ["glibc" if platform.libc == "gnu" else platform.libc]
    write(folder, manifest)
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--partial", action="store_true")
    arguments = parser.parse_args()

    targets = list(project.TARGETS)
    if arguments.partial:
        targets = [target for target in targets if (arguments.archives / project.archive(target)).exists()]
    names = [platform_package(arguments.archives, target, arguments.out) for target in targets]

    folder = arguments.out / "outgate"
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(project.ROOT / "packaging/npm/outgate.js", folder / "bin")
    shutil.copy(project.ROOT / "README.md", folder)
    manifest = {"name": "outgate"} | SHARED
    manifest |= {
        "keywords": ["secrets", "credentials", "scanner", "security", "git"],
        "bin": {"outgate": "bin/outgate.js"},
        "files": ["bin"],
        "engines": {"node": ">=16"},
        "optionalDependencies": {name: project.version() for name in names},
    }
    write(folder, manifest)


if __name__ == "__main__":
    main()
