#!/usr/bin/env bash
# Runs `outgate ci` with the inputs of the action, which come in by the environment, and leaves the verdict to
# the last step of the action: reports are to be uploaded first.
set -euo pipefail

case ${INPUT_UPLOAD_SARIF:=auto} in
    auto | true | false) ;;
    *)
        printf '::error title=outgate::upload-sarif is auto, true or false, not %q\n' "$INPUT_UPLOAD_SARIF"
        exit 2
        ;;
esac

sarif=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/outgate-report.XXXXXX")/outgate.sarif
# With `=`, no value can pass for an option.
arguments=("--sarif=$sarif")
test -z "${INPUT_SCAN-}" || arguments+=("--scan=$INPUT_SCAN")
test -z "${INPUT_FAIL_ON-}" || arguments+=("--fail-on=$INPUT_FAIL_ON")
test -z "${INPUT_BASELINE-}" || arguments+=("--baseline=$INPUT_BASELINE")
while IFS= read -r line; do
    test -z "$line" || arguments+=("--output=$line")
done <<<"${INPUT_FORMAT_EXTRA-}"
while IFS= read -r line; do
    test -z "$line" || arguments+=("$line")
done <<<"${INPUT_ARGS-}"

status=0
outgate ci "${arguments[@]}" -- "${INPUT_PATH:-.}" || status=$?
# The last value of an output counts: so this one is there even when outgate could not write its own.
printf 'exit-code=%s\n' "$status" >>"${GITHUB_OUTPUT:?}"
