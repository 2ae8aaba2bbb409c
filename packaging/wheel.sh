#!/bin/sh
# Builds the wheel with the maturin that is on the path: packaging/wheel.sh [ARGUMENT OF maturin build]...
set -eu
cd "$(dirname -- "$0")"
cp ../LICENSE-APACHE ../LICENSE-MIT ../NOTICE pypi/
cd pypi
exec maturin build "$@"
