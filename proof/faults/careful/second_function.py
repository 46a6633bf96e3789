"""A second function."""

import aws_cdk as cdk

from proof.faults import resources
from proof.faults.tree import data_bucket

ANSWERS = {"network": "nat"}


def change(stack: cdk.Stack) -> None:
    bucket = data_bucket(stack)
    resources.function(
        stack,
        "Report",
        "report.handler",
        resources.allow("s3:ListBucket", on=bucket.attr_arn),
        resources.allow("cloudwatch:PutMetricData"),
        resources.interfaces(),
        environment={"BUCKET_NAME": bucket.ref},
        **resources.network(stack),
    )
