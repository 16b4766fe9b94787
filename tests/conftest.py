"""Options of the test run: ``--device`` and ``--dtype``, on which every test of a generated module runs."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from derive import processes

#: No test asserts a time: an example may take long where the machine has other work to do.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

processes._processors = lambda: 1  # the workers of a test run are as many as there are processors

os.environ["CI"] = "true"  # as test runners set it for the tests of our users: inductor is stricter then

TOLERANCES = {"float64": 1e-12, "float32": 2e-5}

#: Files that take long, the longest first: one that is begun last keeps a worker busy after the other is done.
LONGEST = [
    "tables",
    "learning",
    "from_torch",
    "gradients",
    "soundness",
    "mutated_pairs",
    "operators",
    "ecosystem",
    "bounds",
    "threads",
    "written_files",
    "targets",
    "standalone",
    "deep_cells",
    "synthesise",
    "docs",
    "programs",
    "verify",
    "conformance",
    "cli",
    "published_latex",
    "by_numbers",
    "audit",
    "read_back",
    "zonotope",
    "sequences",
]

os.environ.setdefault("DERIVE_SPLIT", "0")  # else timings choose how products are rounded; test_split.py sets it

gc.disable()  # until all is imported: what has been imported stays, and there is much of it to look through


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first."""
    order = {f"test_{name}.py": k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def pytest_collection_finish() -> None:
    """From here on, rarely, and without a look at what collection has made: a third of a million objects."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 50)
    gc.enable()


def pytest_sessionfinish() -> None:
    """One look for what is left, not the five of pytest."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="device of the torch tests, as torch spells it (default: cpu)")
    parser.addoption(
        "--dtype", default="float64", choices=TOLERANCES, help="dtype of the torch tests (default: float64)"
    )


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """The device asked for; the test is skipped where it is not to be had."""
    torch = pytest.importorskip("torch")
    name: str = request.config.getoption("--device")
    if name.startswith("cuda") and not torch.cuda.is_available():
        pytest.skip(f"--device {name}: no CUDA device is to be had here")
    with torch.backends.cudnn.flags(allow_tf32=False):  # in which torch's own layers, the oracles, would compute
        yield name


@pytest.fixture(scope="session")
def dtype(request: pytest.FixtureRequest):
    """The dtype asked for, as a ``torch.dtype``."""
    torch = pytest.importorskip("torch")
    return getattr(torch, request.config.getoption("--dtype"))


@pytest.fixture(scope="session")
def tolerance(request: pytest.FixtureRequest) -> float:
    """The largest absolute difference between two computations of the same number of order one in that dtype."""
    return TOLERANCES[request.config.getoption("--dtype")]


@pytest.fixture(scope="session")
def factory(device: str, dtype) -> dict:
    """Device and dtype, as the constructors of tensors and modules take them."""
    return {"device": device, "dtype": dtype}
