"""Examples of the rules on access from other accounts."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ram as ram
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import custom_resources


def tap701_bad(stack: cdk.Stack) -> None:
    prices = s3.Bucket(stack, "Prices")
    prices.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[prices.arn_for_objects("*")],
        )
    )


def tap701_good(stack: cdk.Stack) -> None:
    prices = s3.Bucket(stack, "Prices")
    prices.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[prices.arn_for_objects("*")],
            conditions={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        )
    )


def tap702_bad(stack: cdk.Stack) -> None:
    arn = stack.format_arn(
        service="iam",
        region="",
        resource="oidc-provider",
        resource_name="token.actions.githubusercontent.com",
    )
    claims = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
    trusted = iam.WebIdentityPrincipal(arn, {"StringEquals": claims})
    iam.Role(stack, "Release", assumed_by=trusted)


def tap702_good(stack: cdk.Stack) -> None:
    arn = stack.format_arn(
        service="iam",
        region="",
        resource="oidc-provider",
        resource_name="token.actions.githubusercontent.com",
    )
    claims = {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:me/shop:ref:refs/heads/main",
    }
    trusted = iam.WebIdentityPrincipal(arn, {"StringEquals": claims})
    iam.Role(stack, "Release", assumed_by=trusted)


def tap703_bad(stack: cdk.Stack) -> None:
    notify = lambda_.Function(
        stack,
        "Notify",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    notify.add_permission("Sns", principal=iam.ServicePrincipal("sns.amazonaws.com"))


def tap703_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Releases")
    notify = lambda_.Function(
        stack,
        "Notify",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    notify.add_permission(
        "Sns",
        principal=iam.ServicePrincipal("sns.amazonaws.com"),
        source_arn=topic.topic_arn,
    )


def tap704_bad(stack: cdk.Stack) -> None:
    jobs = sqs.Queue(stack, "Jobs")
    jobs.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[jobs.queue_arn],
        )
    )


def tap704_good(stack: cdk.Stack) -> None:
    jobs = sqs.Queue(stack, "Jobs")
    pattern = events.EventPattern(source=["shop.orders"])
    rule = events.Rule(stack, "Orders", event_pattern=pattern)
    jobs.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[jobs.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}},
        )
    )


def tap705_bad(stack: cdk.Stack) -> None:
    cognito.CfnIdentityPool(stack, "Visitors", allow_unauthenticated_identities=True)


def tap705_good(stack: cdk.Stack) -> None:
    cognito.CfnIdentityPool(stack, "Visitors", allow_unauthenticated_identities=False)


def tap706_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    group = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.POSTGRES)


def tap706_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    caller = ec2.SecurityGroup(stack, "Orders", vpc=vpc)
    group = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    peer = ec2.Peer.security_group_id(caller.security_group_id)
    group.add_ingress_rule(peer, ec2.Port.POSTGRES)


def tap707_bad(stack: cdk.Stack) -> None:
    lambda_service = iam.ServicePrincipal("lambda.amazonaws.com")
    trusted = iam.CompositePrincipal(lambda_service, iam.AccountRootPrincipal())
    iam.Role(stack, "Role", assumed_by=trusted)


def tap707_good(stack: cdk.Stack) -> None:
    iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def tap708_bad(stack: cdk.Stack) -> None:
    token = f"arn:{cdk.Aws.PARTITION}:lambda:{stack.region}:444455556666:function:seed"
    cdk.CustomResource(stack, "Seed", service_token=token)


def tap708_good(stack: cdk.Stack) -> None:
    seed = lambda_.Function(
        stack,
        "SeedFunction",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    provider = custom_resources.Provider(stack, "Provider", on_event_handler=seed)
    cdk.CustomResource(stack, "Seed", service_token=provider.service_token)


def tap709_bad(stack: cdk.Stack) -> None:
    organization = stack.format_arn(
        service="organizations", region="", resource="organization", resource_name="o-a1b2c3d4e5"
    )
    ram.CfnResourceShare(stack, "Subnets", name="subnets", principals=[organization])


def tap709_good(stack: cdk.Stack) -> None:
    organization = stack.format_arn(
        service="organizations", region="", resource="organization", resource_name="o-a1b2c3d4e5"
    )
    ram.CfnResourceShare(
        stack,
        "Subnets",
        name="subnets",
        principals=[organization],
        allow_external_principals=False,
    )
