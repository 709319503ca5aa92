"""Settings that every test shares."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from support.complete import COMPLETE
from support.hostile import KINDS, PROPERTY, Tried, count

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow's own kernels, whose batch norm is the documented one; the first import decides.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

LONG = ("e2e", "parity")
"""Folders whose tests take minutes."""
WHOLE = "complete"
"""Mark of tests that only `CBCNN_COMPLETE=1` asks for."""

# The same examples on every run, so that a failure can be repeated; explore with
# HYPOTHESIS_PROFILE=explore.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the expected generated files"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests come first, so that no process waits for the last one of another.

    Those that are too long for every run are left out, not skipped: a skip fails CI.
    """
    items.sort(key=lambda item: item.path.parent.name not in LONG)
    if not COMPLETE:
        config.hook.pytest_deselected(items=[of for of in items if of.get_closest_marker(WHOLE)])
        items[:] = [of for of in items if not of.get_closest_marker(WHOLE)]


def pytest_collection_finish() -> None:
    """Spare the garbage collector TensorFlow and all tests, which stay until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Note what a hostile test tried: `tried("data files", 500)`."""

    def note(kind: str, number: int) -> None:
        assert kind in KINDS, f"the README's table has no row {kind!r}"
        record_property(PROPERTY, (kind, number))

    return note


@pytest.fixture(autouse=True)
def no_jax_here() -> Iterator[None]:
    """A process that has started JAX warns of every later fork, and warnings are errors.

    So a test that runs JAX does so in a process of its own, or names JAX's backend for all.
    """
    yield
    bridge = sys.modules.get("jax._src.xla_bridge")
    started = bridge is not None and bool(bridge._backends)
    assert not started or "KERAS_BACKEND" in os.environ, "this test started JAX in pytest's process"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was tried in tests that passed; the README's table repeats it."""
    passed = terminalreporter.stats.get("passed", [])
    total = count(note for report in passed for note in report.user_properties)
    if total:
        terminalreporter.section("what was tried, and held")
        for kind in KINDS:
            terminalreporter.write_line(f"{kind:20} {total[kind]:>9,}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing is skipped: a test that finds no tool, package or data has not passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI") != "true":
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"error: {len(skipped)} skipped under CI=true", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
