#!/bin/sh
# Set up the virtual environment FOLDER with this checkout installed in it; the second call does nothing.
# usage: tools/venv.sh FOLDER run|dev|all [INTERPRETER]
#   run: what Ostler needs to run; dev: also what its tests and checks need; all: also the servers that tests fetch from
set -u
exec </dev/null
folder=$1 extent=$2 interpreter=${3-}
cd "$(dirname "$0")/.." || exit 1
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
if [ ! -w "${HOME:-/nonexistent}" ]; then export PIP_NO_CACHE_DIR=1; fi

fail() {
    echo "$1" >&2
    exit 1
}

runs() { "$folder/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null; }

pip() {
    if "$folder/bin/python" -c 'import pip' 2>/dev/null; then
        "$folder/bin/python" -m pip "$@"
    else # the interpreter came without ensurepip, but with a pip of its own
        "$interpreter" -m pip --python "$folder/bin/python" "$@"
    fi
}

install() { # says nothing unless it fails
    pip install -q "$@" >"$folder/.ostler-log" 2>&1 && return
    cat "$folder/.ostler-log" >&2
    fail "pip could not install what Ostler needs into $folder (its words are above): is a package registry reachable?"
}

create() {
    if [ -z "$interpreter" ]; then
        interpreter=$(tools/interpreters.sh --first) || exit 1
        interpreter=${interpreter#* }
    fi
    if [ -e "$folder" ] && [ ! -e "$folder/pyvenv.cfg" ] && [ -n "$(ls -A "$folder" 2>&1)" ]; then
        fail "$folder is there already and is no virtual environment: name another with \`make VENV=...\`."
    fi
    echo "setting up $folder with $interpreter" >&2
    rm -f "$folder"/.ostler-*
    if "$interpreter" -c 'import ensurepip' 2>/dev/null; then
        "$interpreter" -m venv --clear "$folder" >&2 || fail "$interpreter could not make the virtual environment $folder."
    elif "$interpreter" -m pip --version >/dev/null 2>&1; then
        "$interpreter" -m venv --clear --without-pip "$folder" >&2 || fail "$interpreter could not make the virtual environment $folder."
        install pip
    else
        fail "$interpreter has neither ensurepip nor pip, so that no virtual environment can be made: \`apt install python3-venv\`, or the like, adds it."
    fi
}

native=core/ostler/executor/linux/native
key="$(pwd) $(cat pyproject.toml setup.py tools/venv.sh $native/* | cksum)"
stamped() { [ "$(cat "$folder/.ostler-$1" 2>/dev/null)" = "$key" ]; }

if runs; then
    if stamped all || stamped "$extent" || { [ "$extent" = run ] && stamped dev; }; then exit 0; fi
else
    create
fi
case $extent in
run) what="." ;;
dev) what=".[dev]" ;;
all) what=".[dev,servers]" ;;
esac
install --editable "$what"
if ! "$folder/bin/python" -c 'import ostler.executor.linux._launch' 2>/dev/null; then
    echo "the launcher in C could not be built, so tasks are started by the slower one: \`apt install gcc libc6-dev python3-dev\`, or the like, mends it" >&2
fi
echo "$key" >"$folder/.ostler-$extent"
