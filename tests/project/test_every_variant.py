"""Every variant is baked by pytest-cookies, hooks included, and proven as in `make matrix`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_cookies.plugin import Cookies

from proof import scratch, variants
from proof.matrix import hooks
from proof.matrix.prover import Row
from proof.matrix.templates import compiled_once
from proof.matrix.workers import Worker
from proof.variants import Variant
from tests.conftest import TEMPLATE

Prove = Callable[[Variant], Row]

DEFAULT = variants.default()
# The default with one other answer: variants without an id in the product, named by that answer.
SINGLE = {
    "=".join(
        next(
            ([question, str(value)] for question, value in variant.answers.items()
             if value != DEFAULT.answers[question]),
            ["all", "default"],
        )
    ): variant
    for variant in variants.each_value()
}  # fmt: skip


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """Return a worker that proves all variants of this process with few kernels."""
    made = Worker()
    yield made
    made.close()


@pytest.fixture
def cookies(_cookiecutter_config_file: Any) -> Iterator[Cookies]:
    """Return pytest-cookies that renders into memory, where possible."""
    with tempfile.TemporaryDirectory(prefix="tap-variant-", dir=scratch.folder()) as folder:
        yield Cookies(str(TEMPLATE), lambda name: folder, _cookiecutter_config_file)


@pytest.fixture
def prove(cookies: Cookies, worker: Worker) -> Prove:
    """Return a function that bakes a variant with hooks, and expects it to be proven."""

    def baked_and_proven(variant: Variant) -> Row:
        with compiled_once(), hooks.in_process():
            baked = cookies.bake({**variant.answers, "verify": False})
        if baked.exception is not None:
            raise baked.exception
        row = worker.prove(variant, baked.project_path)
        assert row.proven, "\n".join([*row.problems, row.command])
        return row

    return baked_and_proven


@pytest.mark.parametrize("variant", SINGLE.values(), ids=list(SINGLE))
def test_the_default_and_each_value_alone_are_proven(variant: Variant, prove: Prove) -> None:
    prove(variant)


@pytest.mark.parametrize("variant", variants.product(), ids=str)
def test_every_variant_is_proven(variant: Variant, prove: Prove) -> None:
    row = prove(variant)
    environments = str(variant.answers["environments"]).split(",")
    assert sorted(row.stacks) == sorted(environments)
    assert row.checks == 16 * len(environments)
    assert row.files > 60
    assert row.findings == 0


def test_the_product_contains_all_pairs_and_values() -> None:
    proven = {variant.infrastructure for variant in variants.product()}
    assert {variant.infrastructure for variant in variants.all_pairs()} <= proven
    assert {variant.infrastructure for variant in variants.each_value()} <= proven
