"""Features that AWS does not offer in every partition and Region, read from `regions.json`.

The stack, the guardrails and the template's checks of answers use the same file. It contains the
source of each entry.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("regions.json")
ACCOUNTS = Path(__file__).with_name("accounts.json")


@cache
def table() -> dict[str, Any]:
    """Return the contents of `regions.json`."""
    loaded: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return loaded


def partition(region: str) -> str:
    """Return the partition of a Region: `aws`, `aws-cn` or `aws-us-gov`."""
    known = table()["partitions"].items()
    return next((name for start, name in known if region.startswith(start)), "aws")


def offers(region: str, feature: str) -> bool:
    """Return whether a Region offers a feature that `regions.json` lists.

    Raises:
        KeyError: the feature is not in the list.
    """
    where = table()["missing"][feature]["where"]
    return region not in where and partition(region) not in where


def zones_without_lambda() -> frozenset[str]:
    """Return the IDs of Availability Zones in which Lambda creates no network interfaces."""
    return frozenset(table()["zones_without_lambda"]["ids"])


@cache
def log_delivery_accounts() -> frozenset[str]:
    """Return the accounts of `accounts.json`, with which load balancers write access logs."""
    loaded = json.loads(ACCOUNTS.read_text(encoding="utf-8"))
    return frozenset(loaded["elastic_load_balancing"])
