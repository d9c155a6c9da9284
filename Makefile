# The two commands for a fresh machine are `make demo` and `make test`; both set up all they need.
# `make VENV=folder ...` keeps the virtual environment elsewhere than in .venv; `make test ARGS=...` gives pytest more.
# `make test-user` tries what may differ for another user, `make test-cgroup2` the executor where there is cgroup v2 alone.
VENV = .venv
# The tests start the command hundreds of times: it should not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-user test-cgroup2 check format

demo:
	@tools/venv.sh "$(VENV)" run
	@"$(VENV)/bin/python" tools/demo.py

test:
	@tools/venv.sh "$(VENV)" all
	@"$(VENV)/bin/python" tools/run_tests.py "$(VENV)" $(ARGS)

test-user:
	@tools/venv.sh "$(VENV)" dev
	@"$(VENV)/bin/python" tools/run_tests.py "$(VENV)" --user $(ARGS)

test-cgroup2:
	@tools/venv.sh "$(VENV)" dev
	@tools/test_cgroup2.sh "$(VENV)" $(ARGS)

check:
	@tools/venv.sh "$(VENV)" dev
	@tools/check.sh "$(VENV)"

format:
	@tools/venv.sh "$(VENV)" dev
	@"$(VENV)/bin/ruff" format
	@"$(VENV)/bin/ruff" check --fix-only --quiet
