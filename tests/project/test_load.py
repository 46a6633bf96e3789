"""Fifty concurrent documents of a thousand items leave no dead letters in any environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from proof.simulation import load
from proof.simulation.load import Load
from proof.stacks import Stack, read_stacks
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

DOCUMENTS, ITEMS = 50, 1000
BILLING = ("on_demand", "provisioned")
MOST_TRIES = 3  # of a message's five tries, and of a record's six
Made = Callable[..., tuple[Path, dict[str, Stack]]]


@pytest.fixture(scope="module")
def made(bake: Bake, warm_synth: WarmProcess) -> Made:
    """Return a function that renders and synthesizes a project, and returns its stacks."""

    @cache
    def make(worker: str, billing_mode: str) -> tuple[Path, dict[str, Stack]]:
        slug = f"load-{worker}-{billing_mode.replace('_', '-')}"
        project = bake(project_slug=slug, worker=worker, billing_mode=billing_mode)
        stacks = read_stacks(warm_synth(project))
        return project, {stack.environment: stack for stack in stacks}

    return make


def expect_everything_imported(done: Load) -> None:
    """Expect no dead letters, single writes, and repeated documents only after ended tries."""
    assert done.dead == []
    assert done.table.items == DOCUMENTS * ITEMS
    assert len(done.bucket.written) == DOCUMENTS * ITEMS
    assert done.bucket.written.total() - DOCUMENTS * ITEMS <= done.tries.total()
    assert done.table.failed_conditions == 0


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("billing_mode", BILLING)
@pytest.mark.parametrize("worker", ["s3", "sqs"])
def test_a_queue_leaves_no_dead_letters(
    made: Made, worker: str, billing_mode: str, environment: str
) -> None:
    project, stacks = made(worker, billing_mode)
    done = Load(stacks[environment], DOCUMENTS, ITEMS)

    def body(key: str) -> str:
        return json.dumps({"detail": {"object": {"key": key}}} if worker == "s3" else {"key": key})

    load.through_queue(done, project, body)
    expect_everything_imported(done)
    assert max(done.tries.values()) <= MOST_TRIES


@pytest.mark.parametrize("billing_mode", BILLING)
def test_a_stream_leaves_no_dead_letters(made: Made, billing_mode: str) -> None:
    project, stacks = made("stream", billing_mode)
    done = Load(stacks["dev"], DOCUMENTS, ITEMS)
    load.through_stream(done, project)
    expect_everything_imported(done)
    assert max(done.tries.values()) <= MOST_TRIES


@pytest.mark.parametrize("billing_mode", BILLING)
def test_a_schedule_imports_a_backlog_in_a_day(made: Made, billing_mode: str) -> None:
    project, stacks = made("schedule", billing_mode)
    done = Load(stacks["dev"], DOCUMENTS, ITEMS)
    load.by_schedule(done, project, days=1)
    expect_everything_imported(done)
    assert done.bucket.incoming == {}


@pytest.mark.parametrize("billing_mode", BILLING)
def test_the_model_shows_the_dead_letters_of_a_worker_without_a_queue(
    made: Made, billing_mode: str
) -> None:
    _, stacks = made("s3", billing_mode)
    done = Load(stacks["dev"], DOCUMENTS, ITEMS)
    load.without_a_queue(done)
    assert len(done.dead) >= DOCUMENTS // 2
