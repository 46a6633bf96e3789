"""The validation rules for the answers, one for each question.

They run while the questions are asked (`extension.py`) and again before files are written
(`hooks/pre_gen_project.py`). Standard library only: the hook runs in cookiecutter's interpreter.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_extensions.places import region_of

TEMPLATE_ROOT = Path(__file__).resolve().parent.parent
PROJECT_FOLDER = "{{cookiecutter.project_slug}}"

# Slug and environment name the stack. A trail, an API and a dashboard are named after the stack
# (128 characters at most); CloudFormation derives the other names from the stack's, and truncates
# them (64 characters for a function or a role, 63 for a bucket). With these lengths each name still
# identifies its stack.
SLUG_LENGTHS = (3, 32)
ENVIRONMENT_LENGTH = 16
ENVIRONMENT_COUNT = 8

# As in a project: infra/settings.py and tap_guardrails/rules/data.py; a test compares them.
PRODUCTION = re.compile(r"(prod|production|live|prd)(-.*)?")
# `make bootstrap` names the stack of the pipeline's roles after the environment's stack.
PIPELINE_SUFFIX = "-pipeline"

# Regions by partition, as in botocore's partitions.json; a test compares them.
REGIONS = {
    "aws": (
        "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1"
        " ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5"
        " ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2"
        " eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1"
        " me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1"
        " us-west-2"
    ).split(),
    "aws-us-gov": ["us-gov-east-1", "us-gov-west-1"],
    "aws-cn": ["cn-north-1", "cn-northwest-1"],
}
PARTITIONS = {region: partition for partition, regions in REGIONS.items() for region in regions}

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
# CloudFormation begins a bucket's name with the stack's, and S3 rejects these prefixes:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
RESERVED_BUCKET_PREFIXES = ("sthree-", "amzn-s3-demo-")

KEBAB_CASE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# One address, as SNS accepts it, without quoting, comments or address literals.
EMAIL = re.compile(
    r"[A-Za-z0-9_+'%&=~-]+(\.[A-Za-z0-9_+'%&=~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
LOCAL_PART_LENGTH = 64
TAG_PUNCTUATION = frozenset(" _.:/=+-@")
JINJA_OPENINGS = ("{{", "{%", "{#")


@dataclass(frozen=True)
class Problem:
    """The reason for rejecting an answer, in one line with the text to type instead."""

    question: str
    value: object
    complaint: str
    suggestion: str | None = None

    def __str__(self) -> str:
        shown = repr(self.value)
        if len(shown) > 80:
            shown = f"{shown[:60]}...{shown[-10:]}"
        remedy = "" if self.suggestion is None else f"; try {self.suggestion!r}"
        return f"{self.question} {shown} {self.complaint}{remedy}"


Finding = tuple[str, str | None]
"""A complaint, and the text to type instead, if known."""
Rule = Callable[[str], Finding | None]


def _text(longest: int) -> Rule:
    """Accept one line of free text that is safe to render."""

    def rule(value: str) -> Finding | None:
        if not value:
            return "is empty", None
        if len(value) > longest:
            return f"has {len(value)} characters; the maximum is {longest}", None
        odd = next((c for c in value if not c.isprintable()), None)
        if odd is not None:
            plain = " ".join("".join(c if c.isprintable() else " " for c in value).split())
            return f"contains the unprintable character U+{ord(odd):04X}", plain or None
        opening = next((o for o in JINJA_OPENINGS if o in value), None)
        if opening is not None:
            plain = " ".join(re.sub(r"\{+([{%#])", r"\1", value).split())
            return f"contains {opening!r}, which is template syntax", plain
        return None

    return rule


def _owner(value: str) -> Finding | None:
    """Accept valid values of AWS tags: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html."""
    finding = _text(64)(value)
    if finding is not None:
        complaint, suggestion = finding
        return complaint, suggestion and _tag(suggestion)
    if value.lower().startswith("aws:"):
        return "starts with 'aws:', which AWS reserves", value[4:].strip() or None
    odd = next((c for c in value if not is_tag_character(c)), None)
    if odd is not None:
        return f"contains {odd!r}, which AWS tags don't allow", _tag(value)
    return None


def _tag(value: str) -> str | None:
    plain = "".join(c if is_tag_character(c) else "-" for c in value)
    return plain.strip("- ") or None


def is_tag_character(character: str) -> bool:
    return character in TAG_PUNCTUATION or unicodedata.category(character)[0] in "LN"


def _slug(value: str) -> Finding | None:
    shortest, longest = SLUG_LENGTHS
    suggestion = _kebab(value, longest)
    if len(suggestion) < shortest:
        suggestion = f"{suggestion or 'my'}-service"
    if not value:
        return "is empty, because project_name has no letters or digits", suggestion
    if not KEBAB_CASE.fullmatch(value):
        if KEBAB_CASE.fullmatch(value.lstrip("0123456789-")):
            return "does not start with a letter", suggestion
        return "is not kebab-case", suggestion
    if not shortest <= len(value) <= longest:
        return f"has {len(value)} characters, not {shortest} to {longest}", suggestion
    if value in WINDOWS_DEVICES:
        return "is a device name on Windows, which no folder can have", f"{value}-service"
    prefix = next((p for p in RESERVED_BUCKET_PREFIXES if f"{value}-".startswith(p)), None)
    if prefix is not None:
        complaint = f"would start bucket names with {prefix!r}, which S3 reserves"
        return complaint, _kebab(f"my-{value}", longest)
    if value in locked_packages():
        return "is the name of a package that the project requires", f"{value}-service"
    return None


@cache
def locked_packages() -> frozenset[str]:
    """Return the packages that a project installs; a project with such a name can't be locked."""
    folder = TEMPLATE_ROOT / PROJECT_FOLDER
    names: set[str] = set()
    for lock in (folder / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        names.update(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, flags=re.MULTILINE))
    package_json = (folder / "package.json").read_text(encoding="utf-8")
    names.update(re.findall(r'"([a-z][a-z0-9-]*)": "\d', package_json))
    return frozenset(names)


def _email(value: str) -> Finding | None:
    if not value:
        return None
    if len(value) > 100:
        return f"has {len(value)} characters; the maximum is 100", None
    if not EMAIL.fullmatch(value) or value.index("@") > LOCAL_PART_LENGTH:
        # Enter accepts the suggestion, so it must be part of the given address.
        candidates = (part.strip("<>()[]\"'") for part in re.split(r"[,;\s]+", value))
        suggestion = next((c for c in candidates if c != value and EMAIL.fullmatch(c)), None)
        complaint = "is not one address such as on-call@example.com, or empty"
        return complaint, suggestion
    return None


def _region(value: str) -> Finding | None:
    if value in PARTITIONS:
        return None
    suggestion = region_of(value) or _nearest(value, PARTITIONS)
    return f"is not a region of {_listed(REGIONS)}", suggestion


def _environments(value: str) -> Finding | None:
    names = value.split(",")
    kebab = [_kebab(name, ENVIRONMENT_LENGTH) for name in re.split(r"[,;\s]+", value)]
    suggestion = ",".join(dict.fromkeys(name for name in kebab if name)) or "dev,prod"
    if not value:
        return "names no environment", "dev,prod"
    if "" in names:
        return "contains an empty name", suggestion
    for name in names:
        if not KEBAB_CASE.fullmatch(name):
            return f"contains {name!r}, which is not kebab-case", suggestion
        if len(name) > ENVIRONMENT_LENGTH:
            complaint = (
                f"contains {name!r}: {len(name)} characters; the maximum is {ENVIRONMENT_LENGTH}"
            )
            return complaint, suggestion
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        return f"contains {repeated!r} more than once", suggestion
    taken = next((name for name in names if f"{name}{PIPELINE_SUFFIX}" in names), None)
    if taken is not None:
        complaint = (
            f"contains '{taken}{PIPELINE_SUFFIX}', the name of the pipeline stack of {taken!r}"
        )
        others = [name for name in names if name != f"{taken}{PIPELINE_SUFFIX}"]
        return complaint, ",".join(others)
    if len(names) > ENVIRONMENT_COUNT:
        return f"has {len(names)} environments; the maximum is {ENVIRONMENT_COUNT}", None
    return None


RULES: dict[str, Rule] = {
    "project_name": _text(50),
    "project_slug": _slug,
    "description": _text(200),
    "owner": _owner,
    "alarm_email": _email,
    "aws_region": _region,
    "environments": _environments,
}


def offers(region: str, feature: str) -> bool:
    """Return whether a region offers a feature of the project's `regions.json`.

    Raises:
        KeyError: the feature is not in the list.
    """
    file = TEMPLATE_ROOT / PROJECT_FOLDER / "tap_guardrails" / "regions.json"
    where = _loaded(file)["missing"][feature]["where"]
    return region not in where and PARTITIONS.get(region) not in where


def prices() -> dict[str, Any]:
    """Return the project's list of prices, `tap_project/prices.json`."""
    return _loaded(TEMPLATE_ROOT / PROJECT_FOLDER / "tap_project" / "prices.json")


@cache
def _loaded(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


@cache
def questions() -> dict[str, Any]:
    """Return cookiecutter.json, the only source of names, values and defaults."""
    text = (TEMPLATE_ROOT / "cookiecutter.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def asked() -> dict[str, Any]:
    """Return the questions, each with its default, list of choices, or boolean.

    Scaffolders such as Backstage overwrite the values of cookiecutter.json, so the choices come
    from the labels. Variables without a label are not questions.
    """
    prompts = questions()["__prompts__"]
    return {
        name: _original(name, default, prompts[name])
        for name, default in questions().items()
        if name in prompts
    }


def _original(question: str, default: object, prompt: object) -> object:
    if question in RULES:
        return default if isinstance(default, str) else ""
    if isinstance(prompt, dict):
        choices = [choice for choice in prompt if choice != "__prompt__"]
        return default if isinstance(default, list) else choices
    return default if isinstance(default, bool) else True


def private_problems(answers: Mapping[str, Any], computed: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each private variable that differs from its value in `computed`.

    They name files, so another value could write outside the project. The worker's name is set for
    each worker that is added to a project.
    """
    raw = {
        name: value
        for name, value in questions().items()
        if name.startswith("_") and not name.startswith("__")
    }
    name = answers.get("__worker_name", "worker")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return [Problem("__worker_name", name, "is not a Python name", "worker")]
    return [
        Problem(name, answers[name], "is computed by the template and can't be set", value)
        for name, value in {**raw, **computed}.items()
        if name in answers and answers[name] != value
    ]


def normalised(question: str, value: str) -> str:
    """Return the answer without unnecessary spaces."""
    value = value.strip()
    if question == "environments":
        return ",".join(name.strip() for name in value.split(","))
    return value


def problem(question: str, answers: Mapping[str, Any]) -> Problem | None:
    """Return the problem with one answer, given those before it; None if it is valid."""
    if question not in answers:
        return Problem(question, None, "is missing", _first(asked()[question]))
    value = answers[question]
    finding = _finding(question, value)
    if finding is None and question in CONTRADICTIONS:
        finding = CONTRADICTIONS[question](answers)
    return None if finding is None else Problem(question, value, *finding)


def contradiction(answers: Mapping[str, Any]) -> Finding | None:
    """Return why valid answers contradict each other."""
    findings = (check(answers) for question, check in CONTRADICTIONS.items() if question in answers)
    return next((finding for finding in findings if finding is not None), None)


def _authorization_elsewhere(answers: Mapping[str, Any]) -> Finding | None:
    """Reject user pools in Regions without them, where the CDK can't synthesize one."""
    region = answers.get("aws_region")
    if answers.get("api") == "none" or answers["api_auth"] != "cognito":
        return None
    if offers(str(region), "user_pools"):
        return None
    return f"needs a Cognito user pool, which {region} does not offer", "iam"


def _nothing_to_run(answers: Mapping[str, Any]) -> Finding | None:
    if answers.get("api") == answers["worker"] == "none":
        return "leaves no function without an API; a project needs at least one function", "s3"
    return None


CONTRADICTIONS: dict[str, Callable[[Mapping[str, Any]], Finding | None]] = {
    "api_auth": _authorization_elsewhere,
    "worker": _nothing_to_run,
}
"""Questions that depend on the answers before them."""


def problems(answers: Mapping[str, Any]) -> list[Problem]:
    """Return all problems, in the order of the questions."""
    found = (problem(question, answers) for question in asked())
    return [one for one in found if one is not None]


def _finding(question: str, value: object) -> Finding | None:
    default = asked()[question]
    if isinstance(default, bool):
        return (
            None if isinstance(value, bool) else ("is neither true nor false", str(default).lower())
        )
    if isinstance(value, list):
        joined = ",".join(str(item) for item in value)
        return "is a list, not text", joined if _finding(question, joined) is None else None
    if value is None or isinstance(value, bool):
        return "is not text; put quotes around it in YAML", None
    if not isinstance(value, str):
        return "is not text", str(value)
    if isinstance(default, list):
        if value in default:
            return None
        return f"is not one of {_listed(default)}", _nearest(value, default)
    if normalised(question, value) != value:
        return "contains unnecessary spaces", normalised(question, value)
    rule = RULES[question]
    finding = rule(value)
    if finding is None:
        return None
    complaint, suggestion = finding
    # An invalid suggestion doesn't help.
    return complaint, suggestion if suggestion and rule(suggestion) is None else None


def _kebab(value: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("0123456789-")
    return words[:longest].strip("-")


def _nearest(value: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # takes 3 ms, and only mistakes need it

    plain = re.sub(r"[\s_]+", "-", value.strip().lower())
    begun = sorted(name for name in known if plain and name.startswith(plain))
    swapped = [name for name in known if sorted(name) == sorted(plain)]
    return next(iter(begun or swapped or get_close_matches(plain, list(known), n=1)), None)


def _first(default: object) -> str | None:
    if isinstance(default, list):
        return str(default[0])
    return str(default).lower() if isinstance(default, bool) else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
