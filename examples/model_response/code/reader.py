"""Return a document."""

import os

import boto3

s3 = boto3.client("s3")


def handler(event: dict, context: object) -> str:
    """Return the document that the event names."""
    found = s3.get_object(Bucket=os.environ["BUCKET_NAME"], Key=event["key"])
    return found["Body"].read().decode()
