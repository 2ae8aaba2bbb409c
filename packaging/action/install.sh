#!/usr/bin/env bash
# Puts the outgate of a release on the path of the job. Everything comes in by the environment:
#   OUTGATE_VERSION             as in 1.2.3; else that of the Cargo.toml beside this action
#   OUTGATE_MIRROR              where releases are, instead of GitHub; any address curl knows
#   OUTGATE_VERIFY_ATTESTATION  `true` asks `gh` who built the archive; needs GH_TOKEN
#   RUNNER_*, GITHUB_PATH, GITHUB_OUTPUT   as GitHub sets them
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
releases=https://github.com/outgate/outgate/releases/download

# What is printed may come from outside: %q leaves no line break in it that could begin a workflow command.
say() {
    local level=$1 format=$2
    shift 2
    # shellcheck disable=SC2059 # the formats are below
    printf "::$level title=outgate::$format\n" "$@"
}

fail() {
    say error "$@"
    exit 2
}

version_of_action() {
    sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1
}

# The static build of Linux is for systems without glibc, or with one older than releases are built for.
libc() {
    local glibc
    glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || glibc=''
    case $glibc in
        'glibc 2.'[0-9] | 'glibc 2.1'[0-9] | 'glibc 2.2'[0-7]) echo musl ;;
        glibc\ *) echo gnu ;;
        *) echo musl ;;
    esac
}

target() {
    case ${RUNNER_OS-}/${RUNNER_ARCH-} in
        Linux/X64) echo "x86_64-unknown-linux-$(libc)" ;;
        Linux/ARM64) echo "aarch64-unknown-linux-$(libc)" ;;
        macOS/X64) echo x86_64-apple-darwin ;;
        macOS/ARM64) echo aarch64-apple-darwin ;;
        Windows/X64) echo x86_64-pc-windows-msvc ;;
        Windows/ARM64) echo aarch64-pc-windows-msvc ;;
        *) fail 'there is no release for the platform %q' "${RUNNER_OS-}/${RUNNER_ARCH-}" ;;
    esac
}

download() {
    local protocols='=https'
    # A mirror is the choice of whoever runs the workflow, and may be a folder.
    test -z "${OUTGATE_MIRROR-}" || protocols='=https,http,file'
    curl --proto "$protocols" --proto-redir "$protocols" --tlsv1.2 --fail --silent --show-error --location \
        --retry 3 --output "$2" "${OUTGATE_MIRROR:-$releases}/v$version/$1"
}

# The checksum of a file in a list, or nothing.
listed() {
    awk -v name="$2" '$2 == name || $2 == "*" name { print $1; exit }' "$1"
}

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi | cut -d ' ' -f 1
}

unpack() {
    case $1 in
        *.tar.gz) tar -xzf "$1" -C "$2" ;;
        *) unzip -q "$1" -d "$2" ;;
    esac
}

# Git Bash knows the folders of Windows by other names than the rest of the job.
path() {
    if command -v cygpath >/dev/null; then
        cygpath "$@"
    else
        printf '%s\n' "$2"
    fi
}

version=${OUTGATE_VERSION:-$(version_of_action)}
version=${version#v}
[[ $version =~ ^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(-[a-z]{1,8}\.[0-9]{1,4})?$ ]] ||
    fail 'the version %q is not like 1.2.3' "$version"

target=$(target) || { printf '%s\n' "$target"; exit 2; }
name=outgate-v$version-$target
case $target in
    *windows*) archive=$name.zip binary=outgate.exe ;;
    *) archive=$name.tar.gz binary=outgate ;;
esac

temporary=$(mktemp -d "$(path --unix "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/outgate.XXXXXX")
# The archive is kept, not what is in it: so each job checks the sum again.
cache=$(path --unix "${RUNNER_TOOL_CACHE:-$temporary}")/outgate/$version
mkdir -p "$cache"

sum=$(listed "$here/SHA256SUMS" "$archive")
if test -z "$sum"; then
    say notice 'this version of the action has no checksum of %q yet: taking the one of the release' "$archive"
    download SHA256SUMS "$temporary/SHA256SUMS" || fail 'no SHA256SUMS for version %q' "$version"
    sum=$(listed "$temporary/SHA256SUMS" "$archive")
fi
[[ $sum =~ ^[0-9a-f]{64}$ ]] || fail 'no checksum for %q' "$archive"

# Checked and unpacked is a copy of our own, which no other job can change in between.
file=$temporary/$archive
cp "$cache/$archive" "$file" 2>/dev/null || true
if ! { test -f "$file" && test "$(sha256 "$file")" = "$sum"; }; then
    download "$archive" "$file" || fail 'cannot download %q' "$archive"
    actual=$(sha256 "$file")
    test "$actual" = "$sum" || fail '%q has the checksum %q, expected %q' "$archive" "$actual" "$sum"
    cp "$file" "$cache/$archive.$$"
    mv -f "$cache/$archive.$$" "$cache/$archive"
fi

if test "${OUTGATE_VERIFY_ATTESTATION-}" = true; then
    gh attestation verify "$file" --repo outgate/outgate \
        --signer-workflow outgate/outgate/.github/workflows/release.yml >/dev/null ||
        fail 'no attestation of the release workflow for %q' "$archive"
fi

unpack "$file" "$temporary"
installed=$("$temporary/$name/$binary" --version)
test "$installed" = "outgate $version" || fail 'the archive holds %q, expected %q' "$installed" "$version"

path --windows "$temporary/$name" >>"${GITHUB_PATH:-/dev/null}"
printf 'version=%s\n' "$version" >>"${GITHUB_OUTPUT:-/dev/null}"
printf 'outgate %s for %s, SHA-256 %s\n' "$version" "$target" "$sum"
