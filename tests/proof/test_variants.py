"""The option space is complete, and every variant can be named and reproduced."""

from __future__ import annotations

import copy
import itertools
import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from local_extensions import answers
from proof import variants
from proof.variants import Answer, Variant
from tests.conftest import Bake, Command

Pair = frozenset[tuple[str, Answer]]


def pairs_of(found: Iterable[Variant]) -> set[Pair]:
    return {
        frozenset(pair)
        for variant in found
        for pair in itertools.combinations(variant.answers.items(), 2)
    }


def infrastructure_pairs_of(found: Iterable[Variant]) -> set[Pair]:
    return pairs_of(Variant(variant.infrastructure, ()) for variant in found)


# API with authorization and worker (not without both), capacity, network, encryption, trail.
SIZE = (5 * 5 - 1) * 2 * 4 * 2 * 2


def test_the_product_has_every_variant() -> None:
    found = variants.product()
    assert len(found) == SIZE == 768
    assert len({variant.infrastructure for variant in found}) == len(found)
    for variant in found:
        given = {
            name: value[0] if isinstance(value, list) else value
            for name, value in answers.asked().items()
        }
        given.update(variant.answers, project_slug="tap-service")
        assert answers.problems(given) == []


def test_ids_are_readable_and_identify_the_variant() -> None:
    found = variants.product()
    assert found[0].id == "rest-iam.s3.on_demand.endpoints.customer_managed.audit"
    assert "none.sqs.provisioned.nat.aws_managed.no_audit" in {variant.id for variant in found}
    assert len({variant.id for variant in found}) == len(found)
    for variant in found:
        assert variants.by_id(variant.id) is variant


def test_an_unknown_id_gets_a_suggestion() -> None:
    mistyped = "rest-iam.s3.on_demand.endpoints.customer_managed.audited"
    with pytest.raises(ValueError, match=r"try 'rest-iam\.s3\.on_demand\.endpoints\.cus"):
        variants.by_id(mistyped)


def with_new_values() -> Iterable[tuple[str, dict[str, Any], int]]:
    """Yield changes of cookiecutter.json, with the resulting number of variants."""
    others = 2 * 4 * 2 * 2  # capacity, network, encryption, trail
    for question, count in (
        ("worker", SIZE + 5 * others),
        ("network", SIZE // 4 * 5),
        ("api", SIZE + 2 * 5 * others),
    ):
        asked = copy.deepcopy(answers.asked())
        asked[question].append("new")
        yield f"{question}: new", asked, count
    yield "new question", {**answers.asked(), "cache": ["none", "dax"]}, 2 * SIZE
    yield "new yes or no", {**answers.asked(), "waf": False}, 2 * SIZE


@pytest.mark.parametrize(
    ("asked", "count"), [pytest.param(a, n, id=name) for name, a, n in with_new_values()]
)
def test_a_new_value_is_in_the_product(asked: dict[str, Any], count: int) -> None:
    found = variants.space(asked)
    assert len({variant.id for variant in found}) == len(found) == count


def test_few_variants_cover_all_pairs() -> None:
    found = variants.all_pairs()
    assert infrastructure_pairs_of(found) == infrastructure_pairs_of(variants.product())
    assert found[0].infrastructure == variants.default().infrastructure
    assert len(found) < 40


def test_every_project_answer_is_paired_with_every_other_answer() -> None:
    asked = answers.asked()
    options = variants.infrastructure_options(asked) | variants.project_options(asked)
    met = pairs_of(variants.product())
    impossible = {
        ("api", "none", "worker", "none"),
        ("api", "none", "api_auth", "cognito"),
        ("api_auth", "cognito", "aws_region", "cn-north-1"),
    }
    checked = 0
    for (one, ones), (other, others) in itertools.combinations(options.items(), 2):
        for value, another in itertools.product(ones, others):
            if (one, value, other, another) not in impossible:
                checked += 1
                assert frozenset({(one, value), (other, another)}) in met
    assert checked > 400


def test_project_answers_cover_partitions_people_and_environments() -> None:
    options = variants.project_options(answers.asked())
    regions = [answers.PARTITIONS[str(region)] for region in options["aws_region"]]
    assert sorted(regions) == sorted(answers.REGIONS)
    assert [bool(email) for email in options["alarm_email"]] == [False, True]
    counts = sorted(len(str(names).split(",")) for names in options["environments"])
    assert counts == [1, 2, 3, 4]


def test_each_value_is_combined_with_the_defaults() -> None:
    first, *others = variants.each_value()
    assert first == variants.default()
    for variant in others:
        changed = {q for q, value in variant.answers.items() if value != first.answers[q]}
        assert len(changed) == 1
    options = variants.infrastructure_options(answers.asked())
    tried = {pair for variant in (first, *others) for pair in variant.infrastructure}
    assert tried == {(q, value) for q, values in options.items() for value in values}


def test_the_default_is_cookiecutters_default() -> None:
    asked = answers.asked()
    for question, value in variants.default().answers.items():
        default = asked[question]
        assert value == (default[0] if isinstance(default, list) else default)


@pytest.mark.parametrize("count", [1, 2, 7, SIZE, SIZE + 24])
def test_shards_partition_the_product(count: int) -> None:
    shared = [variant for n in range(1, count + 1) for variant in variants.shard(n, count)]
    assert len(shared) == len(variants.product())
    assert set(shared) == set(variants.product())


def test_a_command_line_renders_its_variant(
    bake: Bake, cookiecutter: Command, tmp_path: Path
) -> None:
    variant = variants.by_id("http-cognito.stream.provisioned.none.aws_managed.no_audit")
    program, template, *arguments = shlex.split(variant.command)
    assert (program, template) == ("cookiecutter", ".")
    # The fixture adds program, template and output folder.
    assert arguments[:3] == ["--output-dir", f"out/{variant.id}", "--overwrite-if-exists"]
    run = cookiecutter(*arguments[3:], output=tmp_path / "rendered")
    assert run.returncode == 0, run.stderr
    typed, baked = tmp_path / "rendered/tap-service", bake(**variant.answers)
    files = sorted(str(f.relative_to(baked)) for f in baked.rglob("*") if f.is_file())
    assert files == sorted(str(f.relative_to(typed)) for f in typed.rglob("*") if f.is_file())
    for file in files:
        assert (typed / file).read_bytes() == (baked / file).read_bytes(), file


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [([], SIZE), (["--shard", "2/5"], SIZE // 5 + 1), (["--shards", "4"], 4), (["--pairs"], None)],
)
def test_the_command_prints_a_line_for_each(
    capsys: pytest.CaptureFixture[str], arguments: list[str], lines: int | None
) -> None:
    assert variants.main(arguments) == 0
    assert len(capsys.readouterr().out.splitlines()) == (lines or len(variants.all_pairs()))


def test_the_command_prints_a_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert variants.main(["--shards", "5", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["include"]
    assert [(row["shard"], row["shards"]) for row in rows] == [(n, 5) for n in range(1, 6)]
    assert sum(row["variants"] for row in rows) == SIZE


def test_the_command_prints_the_command_line_of_a_variant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    variant = variants.product()[7]
    assert variants.main(["--command", variant.id]) == 0
    assert capsys.readouterr().out == f"{variant.command}\n"
    assert variants.main(["--json"]) == 0
    row = json.loads(capsys.readouterr().out)[7]
    expected = {"id": variant.id, "answers": variant.answers, "command": variant.command}
    assert row == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--shard", "0/4"], "shard '0/4' is not between '1/4' and '4/4'"),
        (["--shard", "half"], "--shard 'half' is not of the form I/N; try '1/8'"),
        (["--shards", "0"], "--shards 0 is below 1; try 8"),
        (["--command", "zzz"], "variant 'zzz' is not in the product"),
    ],
)
def test_the_command_rejects_arguments_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert variants.main(arguments) == 1
    assert capsys.readouterr().err == f"{line}\n"
