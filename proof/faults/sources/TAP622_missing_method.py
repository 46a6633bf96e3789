"""Call a method that buckets don't have."""

from pathlib import Path

PLACE = "infra/exports.py"
GRANT = """
from aws_cdk import aws_s3 as s3


def exports(scope, function):
    bucket = s3.Bucket(scope, "Exports")
    bucket.grant(function)
    return bucket
"""
GRANT_READ = """
    bucket.grant_read(function)
"""
TABLE = """
from aws_cdk import aws_dynamodb as dynamodb


def exports(scope, key):
    return dynamodb.Table(
        scope,
        "Exports",
        partition_key=key,
        point_in_time_recovery=True,
    )
"""
RECOVERY = """
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
"""


def fault(project: Path, code: str = GRANT) -> str:
    (project / PLACE).write_text(code, encoding="utf-8")
    return f"{PLACE}:7"


def fix(project: Path) -> None:
    fault(project, GRANT.replace("    bucket.grant(function)\n", GRANT_READ))


def fault_argument(project: Path, code: str = TABLE) -> str:
    """Use a deprecated argument of a table."""
    fault(project, code)
    return f"{PLACE}:10"


def fix_argument(project: Path) -> None:
    fault_argument(project, TABLE.replace("        point_in_time_recovery=True,\n", RECOVERY))
