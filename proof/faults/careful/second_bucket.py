"""A second bucket."""

import aws_cdk as cdk

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    logs = resources.bucket(
        stack,
        "MoreLogs",
        for_logs=True,
        metrics=[],
        server_access_logs_bucket=None,
        server_access_logs_prefix=None,
        watched=False,
    )
    resources.bucket(stack, "More", server_access_logs_bucket=logs)
