#!/bin/sh
# Tells the release workflow what to do: the version, whether to publish it and under which names of images.
# Fails where a tag is not that of the version, or a place names another one.
set -eu
cd "$(dirname -- "$0")/.."

packaging/versions.py
version=$(cd packaging && python3 -c 'import project; print(project.version())')

publish=false
if test "${GITHUB_EVENT_NAME-}" = push; then
    publish=true
    if test "${GITHUB_REF-}" != "refs/tags/v$version"; then
        echo "plan.sh: ${GITHUB_REF-} is not the tag v$version" >&2
        exit 1
    fi
fi

image=ghcr.io/outgate/outgate
tags=$image:$version
case $version in
    *-*) ;;
    *) tags=$tags,$image:latest ;;
esac

cat >>"${GITHUB_OUTPUT:-/dev/stdout}" <<END
version=$version
publish=$publish
image-tags=$tags
END
