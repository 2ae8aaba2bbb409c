#!/usr/bin/env bash
# Ends the job as the scan ended, after all reports are out.
set -euo pipefail

[[ ${EXIT_CODE-} =~ ^[0-9]{1,3}$ ]] || EXIT_CODE=2

if test "${UPLOAD-}" = failure; then
    text='the report could not be uploaded: code scanning is off, or the job lacks security-events: write'
    if test "${UPLOAD_SARIF-}" = true; then
        printf '::error title=outgate::%s\n' "$text"
        test "$EXIT_CODE" != 0 || EXIT_CODE=2
    else
        printf '::notice title=outgate::%s; the annotations and the summary have everything\n' "$text"
    fi
fi
exit "$EXIT_CODE"
