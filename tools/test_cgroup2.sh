#!/bin/sh
# Run the tests marked cgroup2 on a kernel that has cgroup v2 alone, emulated where there is no KVM: as root, and
# as an ordinary user for whom a cgroup was delegated.
# usage: tools/test_cgroup2.sh FOLDER [PYTEST-ARGUMENT...]      FOLDER is a virtual environment below this checkout
set -eu
exec </dev/null
python=$(realpath -s "$1")/bin/python
shift
cd "$(dirname "$0")/.."
marked=$(grep -rl --include='test_*.py' 'mark\.cgroup2' tests)
# Compiling is done here, where it takes no time.
unset PYTHONDONTWRITEBYTECODE
"$python" -m compileall -q core tests/*.py tests/executor
"$python" -m pytest -q --collect-only -p no:cacheprovider $marked >/dev/null
# What can be is left at home, among it the plugins: an import takes 20 to 40 times as long there.
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
# shellcheck disable=SC2086 - one word a file
exec tools/vm-cgroup2 --timeout 300 "$python" -m tools.cgroup2_tests -q -m cgroup2 -p pytest_timeout --timeout 150 \
    --durations 5 -p no:cacheprovider "$@" $marked
