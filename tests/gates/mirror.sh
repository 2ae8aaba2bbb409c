#!/usr/bin/env bash
# Makes a release of the binary that was built here, and has the action of later steps install it. For CI.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

target=$(rustc -vV | sed -n 's/^host: //p')
case $target in
    *windows*) binary=outgate.exe ;;
    *) binary=outgate ;;
esac
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
mirror=$RUNNER_TEMP/mirror
python3 packaging/archive.py pack "target/release/$binary" "$target" "$mirror/v$version"
python3 packaging/archive.py sums "$mirror/v$version"

# curl wants three slashes, and those of Windows before its drive.
mirror=${mirror//\\//}
printf 'OUTGATE_MIRROR=file:///%s\n' "${mirror#/}" >>"$GITHUB_ENV"
