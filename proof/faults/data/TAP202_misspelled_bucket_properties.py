"""Spell the keys of a bucket's property in snake case, so they are dropped."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

ALSO = {"TAP110", "TAP201", "TAP209", "TAP221", "TAP603"}


def fault(stack: cdk.Stack) -> s3.CfnBucket:
    return s3.CfnBucket(
        stack,
        "Raw",
        public_access_block_configuration={  # TAP202
            "block_public_acls": True,
            "BlockPublicPolicy": True,
            "ignorePublicAcls": True,
        },
    )
