# cbcnn: two commands to know.
#
#   make demo    set up the base install, turn the shipped model into C, check it bit for bit
#   make test    set up everything, TensorFlow and system tools included, and run the tests
#
# make check adds linting, types, kernel lint and cross builds. make help lists the rest.

PYTHON ?= python3
VENV := .venv
VENV_KERAS := .venv-keras
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
MODEL := examples/models/signs
DEMO := build/demo
DEMO_BOARD := build/demo-board
DEMO_UNO := build/demo-uno
DEMO_PICO := build/demo-pico
DEMO_CH32V003 := build/demo-ch32v003
BOARD := netduinoplus2
UNO := arduino-uno
PICO := pico
CH32V003 := ch32v003
MNIST := examples/models/mnist-small
SMALLEST := examples/models/mnist-smallest
UNO_IMAGES := 3
PICO_IMAGES := 5
CH32V003_IMAGES := 3
RP2040JS := firmware_templates/rp2040js
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

.DEFAULT_GOAL := help
.PHONY: help demo demo-board demo-uno demo-pico demo-ch32v003 setup setup-all system-tools test check lint types kernel-lint parity \
  backends windows hostile walk bench dist release lock clean

help:
	@echo 'make demo         set up, then: a trained model becomes C and agrees bit for bit'
	@echo 'make demo-board   the same on an emulated microcontroller, flashed and asked over serial'
	@echo 'make demo-uno     an MNIST network on an emulated Arduino Uno, over its serial line'
	@echo 'make demo-pico    the same on an emulated Raspberry Pi Pico, in Node.js'
	@echo 'make demo-ch32v003  a smaller one on an emulated CH32V003 with 16 KB of flash and 2 KB of RAM'
	@echo 'make test         set up everything, then run the tests'
	@echo 'make check        make test, then linting, types, kernel lint and cross builds'
	@echo 'make walk         the walk of the README and of docs/walk.md, in an environment of its own'
	@echo 'make parity       the same on the complete test sets in $$CBCNN_DATA; a quarter of an hour'
	@echo 'make backends     the layers for Keras 3 on JAX and PyTorch; minutes, most of them to install'
	@echo 'make windows      the harness for Windows under Wine, and zig as the only compiler; minutes'
	@echo 'make hostile      ten times what CI tries to break it with, and the counts; an hour'
	@echo 'make bench        measure everything in benchmarks/results.md again'
	@echo 'make dist         build sdist and wheel, and check them'
	@echo 'make release      make dist, the text of the tag, and example archives; uploads nothing'
	@echo 'make lock         write the locked versions anew'
	@echo 'make clean        remove build products, keep the virtual environment'

# --- set-up ---------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo 'error: Python 3.10 to 3.13 is needed'; \
	  echo "  found    $$($(PYTHON) --version 2>&1)"; \
	  echo '  try      make demo PYTHON=python3.12'; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo 'error: this Python cannot make virtual environments'; \
	  echo '  try      apt-get install python3-venv'; exit 8; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: $(BIN)/python locks/base.txt pyproject.toml
	@echo 'Installing the base packages ...'
	@$(PIP) install --quiet --require-hashes -r locks/base.txt
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/all.stamp: $(BIN)/python locks/all.txt pyproject.toml
	@echo 'Installing TensorFlow, Larq and the test tools, about 2 GB ...'
	@$(PIP) install --quiet --require-hashes -r locks/all.txt
	@$(PIP) install --quiet --no-deps --editable .
	@touch $(VENV)/base.stamp $@

setup: $(VENV)/base.stamp

setup-all: $(VENV)/all.stamp

# Keras 3 with JAX and NumPy 2, without TensorFlow and Larq: what the extra `train-keras` installs.
$(VENV_KERAS)/keras.stamp: $(BIN)/python locks/keras.txt pyproject.toml
	@echo 'Installing Keras 3, JAX and the test tools ...'
	@$(PYTHON) -m venv $(VENV_KERAS)
	@$(VENV_KERAS)/bin/python -m pip install --quiet --require-hashes -r locks/keras.txt
	@$(VENV_KERAS)/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

# PyTorch for Linux on x86 comes with CUDA, 3 GB, unless pip is told where the CPU builds are.
$(VENV_KERAS)/torch.stamp: $(VENV_KERAS)/keras.stamp
	@echo 'Installing PyTorch ...'
	@$(VENV_KERAS)/bin/python -m pip install --quiet 'torch>=2.4'
	@touch $@

system-tools:
	@sh tests/install_system_tools.sh

.PHONY: c-compiler
c-compiler:
	@command -v gcc >/dev/null && command -v g++ >/dev/null || { \
	  echo 'error: no compiler for C and C++'; \
	  echo '  found    no gcc or no g++ on PATH'; \
	  echo '  try      apt-get install gcc g++ libc6-dev'; exit 8; }

.PHONY: board-tools
board-tools:
	@missing=; for pair in arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm \
	  gdb-multiarch:gdb-multiarch; do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; done; \
	[ -z "$$missing" ] || { \
	  echo 'error: tools for the emulated board are missing'; \
	  echo "  try      apt-get install$$missing libnewlib-arm-none-eabi"; exit 8; }

.PHONY: uno-tools
uno-tools: c-compiler
	@missing=; command -v avr-gcc >/dev/null || missing="$$missing gcc-avr"; \
	[ -e /usr/lib/avr/include/avr/io.h ] || missing="$$missing avr-libc"; \
	[ -e /usr/include/simavr/sim_avr.h ] || missing="$$missing libsimavr-dev"; \
	[ -z "$$missing" ] || { \
	  echo 'error: tools for the emulated Arduino are missing'; \
	  echo "  try      apt-get install$$missing"; exit 8; }

$(RP2040JS)/node_modules/.package-lock.json: $(RP2040JS)/package-lock.json
	@npm ci --silent --prefix $(RP2040JS)
	@touch $@

.PHONY: pico-tools
pico-tools:
	@missing=; for pair in arm-none-eabi-gcc:gcc-arm-none-eabi node:nodejs npm:npm; do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; done; \
	[ -z "$$missing" ] || { \
	  echo 'error: tools for the emulated Pico are missing'; \
	  echo "  try      apt-get install$$missing libnewlib-arm-none-eabi"; exit 8; }
	@$(MAKE) --no-print-directory $(RP2040JS)/node_modules/.package-lock.json

.PHONY: ch32v003-tools
ch32v003-tools:
	@missing=; command -v riscv64-unknown-elf-gcc >/dev/null || missing="$$missing gcc-riscv64-unknown-elf"; \
	[ -d /usr/lib/picolibc/riscv64-unknown-elf ] || missing="$$missing picolibc-riscv64-unknown-elf"; \
	[ -z "$$missing" ] || { \
	  echo 'error: tools for the emulated CH32V003 are missing'; \
	  echo "  try      apt-get install$$missing"; exit 8; }

.PHONY: unicorn
unicorn: setup
	@$(BIN)/python -c 'import unicorn' 2>/dev/null || $(PIP) install --quiet 'unicorn>=2.1'

# --- the main job ---------------------------------------------------------------------------------

demo: c-compiler setup
	@$(BIN)/cbcnn-codegen $(MODEL)/model.h5 --target cortex-m4 -o $(DEMO) --name signs --class-names
	@$(BIN)/cbcnn-verify $(MODEL)/model.h5 $(DEMO) --data $(MODEL)/samples --predictions \
	  --against $(MODEL)/larq_outputs.npz
	@if $(BIN)/python -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("larq"))'; then \
	  $(BIN)/cbcnn-verify $(MODEL)/model.h5 $(DEMO) --data $(MODEL)/samples --against larq; fi

demo-board: board-tools setup
	@$(BIN)/cbcnn-codegen $(MODEL)/model.h5 --board $(BOARD) -o $(DEMO_BOARD) --name signs \
	  --class-names
	@$(BIN)/cbcnn-board build $(DEMO_BOARD) --board $(BOARD) --model $(MODEL)/model.h5 \
	  --golden $(MODEL)/samples
	@$(BIN)/cbcnn-board run $(MODEL)/model.h5 $(DEMO_BOARD) --board $(BOARD) --port emulated \
	  --data $(MODEL)/samples --against $(MODEL)/larq_outputs.npz

demo-uno: uno-tools setup
	@$(BIN)/cbcnn-codegen $(MNIST)/model.h5 --board $(UNO) --optimize ram -o $(DEMO_UNO) --name mnist
	@$(BIN)/cbcnn-board build $(DEMO_UNO) --board $(UNO) --model $(MNIST)/model.h5 \
	  --golden $(MNIST)/samples --golden-count 1
	@$(BIN)/cbcnn-board run $(MNIST)/model.h5 $(DEMO_UNO) --board $(UNO) --port emulated \
	  --data $(MNIST)/samples --limit $(UNO_IMAGES) --trace 0 --runs 1 \
	  --against $(MNIST)/larq_outputs.npz

demo-pico: pico-tools setup
	@$(BIN)/cbcnn-codegen $(MNIST)/model.h5 --board $(PICO) -o $(DEMO_PICO) --name mnist
	@$(BIN)/cbcnn-board build $(DEMO_PICO) --board $(PICO) --model $(MNIST)/model.h5 \
	  --golden $(MNIST)/samples --golden-count 1
	@$(BIN)/cbcnn-board run $(MNIST)/model.h5 $(DEMO_PICO) --board $(PICO) --port emulated \
	  --data $(MNIST)/samples --limit $(PICO_IMAGES) --trace 0 --runs 1 \
	  --against $(MNIST)/larq_outputs.npz

demo-ch32v003: ch32v003-tools unicorn
	@$(BIN)/cbcnn-codegen $(SMALLEST)/model.h5 --board $(CH32V003) --optimize ram -o $(DEMO_CH32V003) \
	  --name mnist
	@$(BIN)/cbcnn-board build $(DEMO_CH32V003) --board $(CH32V003) --model $(SMALLEST)/model.h5 \
	  --golden $(SMALLEST)/samples --golden-count 1
	@$(BIN)/cbcnn-board run $(SMALLEST)/model.h5 $(DEMO_CH32V003) --board $(CH32V003) --port emulated \
	  --data $(SMALLEST)/samples --limit $(CH32V003_IMAGES) --trace 0 --runs 1 \
	  --against $(SMALLEST)/larq_outputs.npz

# --- proof ----------------------------------------------------------------------------------------

# One process more than the processors of CI: some wait for an emulated board, or for an end.
test: c-compiler system-tools setup-all
	$(BIN)/python -m pytest -n 3 --dist worksteal

parity: c-compiler system-tools setup-all
	CBCNN_COMPLETE=1 $(BIN)/python -m pytest -n 0 -s tests/parity tests/emit/test_warnings.py \
	  tests/board/test_emulated_boards.py tests/target/test_emulated_targets.py

ON_BACKEND := tests/layers tests/accelerated/changes_on_device.py tests/trainer/train_on_backend.py
backends: $(VENV_KERAS)/torch.stamp
	KERAS_BACKEND=jax $(VENV_KERAS)/bin/python -m pytest -n 0 $(ON_BACKEND)
	KERAS_BACKEND=torch $(VENV_KERAS)/bin/python -m pytest -n 0 $(ON_BACKEND)

# Wine is 700 MB of packages, zig 400 MB of files and minutes for C's libraries: CI goes without.
windows: system-tools setup-all
	@command -v wine >/dev/null || { \
	  echo 'error: Wine is not installed'; \
	  echo '  try      apt-get install --no-install-recommends wine wine64'; exit 8; }
	@$(PIP) install --quiet 'ziglang>=0.13'
	CBCNN_COMPLETE=1 $(BIN)/python -m pytest -n 0 -s tests/verify/test_wine.py \
	  tests/verify/test_other_systems.py

walk: c-compiler system-tools setup-all
	CBCNN_COMPLETE=1 $(BIN)/python -m pytest -n 0 -s tests/cli/test_walk.py -m complete

hostile: c-compiler system-tools setup-all
	CBCNN_HOSTILE=10 $(BIN)/python -m pytest -n 2 --dist worksteal -m hostile --timeout 7200

bench: c-compiler system-tools setup-all
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.architectures
	$(BIN)/python -m benchmarks.narrow_layers

check: test lint types kernel-lint

lint: setup-all
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup-all
	$(BIN)/mypy

kernel-lint: system-tools
	$(MAKE) --no-print-directory -j $(JOBS) -C firmware_templates lint PYTHON=$(PYTHON)

# --- housekeeping ---------------------------------------------------------------------------------

# What is to be uploaded, and what an index would say of it; people upload. W002: a folder of tuned
# kernels repeats a file of the portable ones where both are alike.
dist: $(BIN)/python
	@$(PIP) install --quiet build twine check-wheel-contents
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents --ignore W002 --toplevel cbcnn_codegen,cbcnn_inputs,cbcnn_layers,cbcnn_trainer dist/*.whl

release: setup dist
	$(BIN)/python -m release dist

lock: $(BIN)/python
	@$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-header --no-annotate --extra train --extra profile --extra search --extra search-ray --extra dev \
	  -c locks/constraints.in -o locks/all.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-header --no-annotate -c locks/all.txt -o locks/base.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-header --no-annotate --extra train-keras --extra profile --extra dev \
	  -c locks/constraints.in -o locks/keras.txt

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
