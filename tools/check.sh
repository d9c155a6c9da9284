#!/bin/sh
# Check the whole repository with the tools in the virtual environment FOLDER; pre-commit and CI run the same.
# usage: tools/check.sh FOLDER
set -u
exec </dev/null
folder=$1
status=0
"$folder/bin/ruff" format --check --quiet || { echo 'ruff format: `make format` mends it' >&2; status=1; }
"$folder/bin/ruff" check --quiet || status=1
"$folder/bin/mypy" --no-error-summary || status=1
exit $status
