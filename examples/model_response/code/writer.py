"""Store a document and its metadata."""

import os

import boto3

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")


def handler(event: dict, context: object) -> None:
    """Store the document in the bucket and its key in the table."""
    s3.put_object(Bucket=os.environ["BUCKET_NAME"], Key=event["key"], Body=event["text"])
    dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item={"key": {"S": event["key"]}})
