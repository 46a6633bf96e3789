"""Retain a trail with a name, which blocks the next deployment."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecr as ecr

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack) -> cloudtrail.CfnTrail | None:
    if not stack.termination_protection:
        return None
    trail = find(stack, cloudtrail.CfnTrail)
    trail.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # TAP219
    return trail


def fault_dashboard(stack: cdk.Stack) -> cloudwatch.Dashboard:
    """Retain a dashboard."""
    dashboard = find(stack, cloudwatch.Dashboard)
    dashboard.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return dashboard


def fault_repository(stack: cdk.Stack, **fixed: Any) -> ecr.Repository:
    """Name a repository, which the CDK retains."""
    images = ecr.Repository(stack, "Images", repository_name="images", **fixed)
    resources.output(stack, "Images", images.repository_arn)
    return images


def fix_repository(stack: cdk.Stack) -> None:
    fault_repository(stack, removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
