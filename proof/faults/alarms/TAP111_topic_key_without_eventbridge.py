"""Let EventBridge publish to an encrypted topic, but not use its key."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from proof.faults import resources

SOURCE_OF_EVENTS = ["aws.health"]


def fault(stack: cdk.Stack) -> kms.Key:
    key = resources.key(stack, "NewsKey")
    topic = resources.topic(stack, "News", master_key=key)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
        )
    )
    target = events.CfnRule.TargetProperty(arn=topic.topic_arn, id="Topic")
    events.CfnRule(stack, "Health", event_pattern={"source": SOURCE_OF_EVENTS}, targets=[target])
    return key


def fix(stack: cdk.Stack) -> None:
    topic = resources.topic(stack, "News", master_key=resources.key(stack, "NewsKey"))
    rule = events.Rule(stack, "Health", event_pattern=events.EventPattern(source=SOURCE_OF_EVENTS))
    rule.add_target(targets.SnsTopic(topic))
