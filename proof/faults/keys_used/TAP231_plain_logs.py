"""Add a log group without the key of its stack."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack, **fixed: Any) -> logs.LogGroup:
    return resources.log_group(stack, "Audit", **{"encryption_key": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    key = resources.stack_key(stack)
    fault(
        stack,
        encryption_key=key,
    )


def fault_topic(stack: cdk.Stack) -> sns.CfnTopic:
    """Remove the key of a topic of alarms."""
    topic = find(stack, sns.CfnTopic)
    topic.kms_master_key_id = None
    return topic


def fix_topic(stack: cdk.Stack) -> None:
    fault_topic(stack)
    _encrypt(stack, master_key=resources.stack_key(stack))


def _encrypt(stack: cdk.Stack, master_key: Any) -> None:
    key = master_key
    find(stack, sns.CfnTopic).kms_master_key_id = _key_of(master_key=key)


def _key_of(master_key: Any) -> str:
    return str(master_key.key_arn)
