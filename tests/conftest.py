"""Options and helpers shared by the tests."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import warnings

import mpmath
import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is there again tomorrow; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


_COMPILED = "JAX_COMPILATION_CACHE_DIR"
_FOLDER = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """What XLA compiles is shared by all workers and commands of one run: kernels with Phi2 take 10 s and more."""
    if not hasattr(config, "workerinput") and _COMPILED not in os.environ:
        config.stash[_FOLDER] = os.environ[_COMPILED] = tempfile.mkdtemp(prefix="symkern-compiled-")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.3")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")

    os.environ["SYMKERN_CACHE"] = ""  # what a test asks of the oracle is computed


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing is left behind."""
    if _FOLDER in config.stash:
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the committed modules that differ from what symkern generates"
    )


def _give_memory_back() -> None:
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    gc.collect()


@pytest.fixture(autouse=True, scope="module")
def _memory_is_given_back():
    """What one file has compiled, the next does not need: a worker grew to 6 GB."""
    yield
    _give_memory_back()


@pytest.fixture
def in_float64():
    """JAX with 64 bits; neural-tangents' warnings are not shown."""
    from symkern.evaluation import x64

    with x64(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def memory_given_back():
    """The same after one test: programs take mappings of memory, of which Linux allows a process 65,530; then XLA crashes."""
    yield
    _give_memory_back()


@pytest.fixture(autouse=True)
def _precision_is_left_alone():
    before = mpmath.mp.dps
    yield
    assert mpmath.mp.dps == before, "a test or the code under test changed mpmath's global precision"
