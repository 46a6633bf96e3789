"""Add a schedule whose role can't send undelivered events to its queue."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _role(stack: cdk.Stack) -> iam.Role:
    account = {"StringEquals": {"aws:SourceAccount": stack.account}}
    service = iam.ServicePrincipal("scheduler.amazonaws.com", conditions=account)
    return iam.Role(stack, "NightlyRole", assumed_by=service)


def _schedule(stack: cdk.Stack, role: iam.Role, dead_letters: sqs.Queue) -> scheduler.CfnSchedule:
    jobs = resources.queue(stack, "Jobs")
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[jobs.queue_arn]))
    lost = cloudwatch.Metric(
        namespace="AWS/Scheduler",
        metric_name="InvocationsFailedToBeSentToDeadLetterCount",
        dimensions_map={"ScheduleGroup": "default"},
        statistic="Sum",
    )
    resources.alarm(stack, "NightlyLost", lost)
    window = scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF")
    kept = scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn)
    target = scheduler.CfnSchedule.TargetProperty(
        arn=jobs.queue_arn, role_arn=role.role_arn, dead_letter_config=kept
    )
    return scheduler.CfnSchedule(
        stack,
        "Nightly",
        flexible_time_window=window,
        schedule_expression="rate(1 day)",
        target=target,
    )


def fault(stack: cdk.Stack) -> scheduler.CfnSchedule:
    return _schedule(stack, _role(stack), resources.queue(stack, "DeadLetters"))


def fix(stack: cdk.Stack) -> None:
    role, dead_letters = _role(stack), resources.queue(stack, "DeadLetters")
    _schedule(stack, role, dead_letters)
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn])
    )


def _encrypted(stack: cdk.Stack, key: kms.Key) -> tuple[iam.Role, scheduler.CfnSchedule]:
    dead_letters = resources.queue(
        stack, "DeadLetters", encryption=sqs.QueueEncryption.KMS, encryption_master_key=key
    )
    role = _role(stack)
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn])
    )
    return role, _schedule(stack, role, dead_letters)


def fault_key(stack: cdk.Stack) -> scheduler.CfnSchedule:
    """Add a schedule whose role may not use the key of its dead-letter queue."""
    return _encrypted(stack, resources.key(stack, "DeadLettersKey"))[1]


def fix_key(stack: cdk.Stack) -> None:
    key = resources.key(stack, "DeadLettersKey")
    role, _ = _encrypted(stack, key)
    key.grant_encrypt_decrypt(role)
