#!/bin/sh
# Print the interpreters that Ostler can use, one line each: "3.12 /path/to/python3.12".
# The versions left out are named on stderr, each with the reason.
# --first: the first one only, and nothing about the others.
set -u
exec </dev/null
pyenv=${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}
probe='import sys
if sys.version_info < (3, 11): sys.exit("Python %d.%d.%d is older than 3.11" % sys.version_info[:3])
import venv
print("%d.%d" % sys.version_info[:2], sys.executable)'
usable=""   # lines "3.12 path"
refusals="" # lines "path: reason", of the version looked for now
left_out=""

has() { printf '%s' "$usable" | grep -q "^$1 "; }

reason() { # the line of a failed probe that tells the most
    case $1 in
    Traceback*) printf '%s\n' "$1" | tail -n 1 ;;
    *) printf '%s\n' "$1" | head -n 1 ;;
    esac
}

consider() {
    if ! answer=$("$1" -c "$probe" 2>&1); then
        refusals="$refusals    $1: $(reason "$answer")
"
    elif ! has "${answer%% *}"; then
        usable="$usable$answer
"
    fi
}

search_path() { # the files of that name on PATH, until one will do
    rest=$PATH:
    while [ -n "$rest" ] && ! has "$2"; do
        file=${rest%%:*}/$1
        rest=${rest#*:}
        if [ -f "$file" ] && [ -x "$file" ]; then consider "$file"; fi
    done
}

search_pyenv() { # what pyenv has built, though its shims may not run it
    for file in "$pyenv/versions/$1".*/bin/"python$1"; do
        if [ -x "$file" ] && ! has "$1"; then consider "$file"; fi
    done
}

for version in 3.13 3.12 3.11; do
    refusals=""
    search_path "python$version" "$version"
    search_pyenv "$version"
    has "$version" || left_out="$left_out${refusals:-    python$version: not found
}"
done
refusals=""
[ -n "$usable" ] || search_path python3 any

if [ -z "$usable" ]; then
    echo "Ostler needs Python 3.11 or newer on PATH, and found none that runs: install one, as with \`apt install python3 python3-venv\`." >&2
    printf '%s' "$left_out$refusals" | grep -v ': not found$' >&2
    exit 1
fi
if [ "${1-}" = --first ]; then
    printf '%s' "$usable" | head -n 1
    exit
fi
if LC_ALL=C ls -d "$pyenv/versions/." 2>&1 | grep -q 'Permission denied'; then
    left_out="$left_out    $pyenv/versions: may not be read by $(id -un)
"
fi
printf '%s' "$usable"
[ -z "$left_out" ] || printf 'interpreters left out:\n%s' "$left_out" >&2
