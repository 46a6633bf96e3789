"""A large cloud assembly: 1,000 resources in ten stacks, with 120 functions and their queues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STACKS, SERVICES = 10, 12
ASSET = "a" * 64
HANDLER = '''"""Write a batch to the table."""

import boto3

PERMISSIONS = {"TABLE_NAME": {"dynamodb:PutItem"}}


def handler(event, context):
    boto3.client("dynamodb").put_item()
    return {"batchItemFailures": []}
'''


def write(folder: Path, stacks: int = STACKS) -> int:
    """Write the assembly; return the number of its resources."""
    code = folder / f"asset.{ASSET}"
    code.mkdir(parents=True)
    (code / "work.py").write_text(HANDLER, encoding="utf-8")
    artifacts: dict[str, Any] = {
        "assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    }
    assets = {"files": {ASSET: {"source": {"path": code.name}}}}
    (folder / "assets.json").write_text(json.dumps(assets), encoding="utf-8")
    count = 0
    for number in range(stacks):
        name = f"large-{number}"
        resources = stack()
        count += len(resources)
        template = {"Resources": resources}
        (folder / f"{name}.template.json").write_text(json.dumps(template), encoding="utf-8")
        paths = {
            f"/{name}/{logical}": [{"type": "aws:cdk:logicalId", "data": logical}]
            for logical in resources
        }
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111122223333/eu-west-1",
            "properties": {
                "templateFile": f"{name}.template.json",
                "tags": {"Project": "large", "Owner": "us", "Environment": name},
            },
            "metadata": paths,
            "displayName": name,
        }
    manifest = {"version": "55", "artifacts": artifacts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return count


def stack() -> dict[str, Any]:
    """Return the resources of one stack: a table, a bucket, a topic, a key, and services."""
    found: dict[str, Any] = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": _allow_account()}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": {"KMSMasterKeyId": _arn("Key"), "SSEEnabled": True},
            },
        },
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
    }
    for number in range(SERVICES):
        found |= _service(str(number))
    return found


def _service(number: str) -> dict[str, Any]:
    """Return a function that polls a queue, with its role, log group and alarm."""
    queue, dead, role, group = (f"{kind}{number}" for kind in ("Queue", "Dead", "Role", "Logs"))
    function = f"Function{number}"
    return {
        dead: {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        queue: {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 180,
                "RedrivePolicy": {"deadLetterTargetArn": _arn(dead), "maxReceiveCount": 5},
            },
        },
        group: {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        role: {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": _trust("lambda.amazonaws.com")},
        },
        f"Policy{number}": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": role}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                            "Resource": _arn(queue),
                        },
                        {
                            "Effect": "Allow",
                            "Action": "dynamodb:PutItem",
                            "Resource": _arn("Table"),
                        },
                    ]
                },
            },
        },
        function: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "work.handler",
                "Code": {"S3Bucket": "assets", "S3Key": f"{ASSET}.zip"},
                "Role": _arn(role),
                "MemorySize": 256,
                "Timeout": 30,
                "LoggingConfig": {"LogGroup": {"Ref": group}},
                "Environment": {"Variables": {"TABLE_NAME": {"Ref": "Table"}}},
            },
        },
        f"Mapping{number}": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": _arn(queue),
                "FunctionName": {"Ref": function},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
        f"Alarm{number}": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": function}}],
                "EvaluationPeriods": 1,
                "Period": 300,
                "AlarmActions": [{"Ref": "Topic"}],
            },
        },
    }


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def _trust(service: str) -> dict[str, Any]:
    principal = {"Service": service}
    return {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}


def _allow_account() -> dict[str, Any]:
    root = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    return {
        "Statement": [
            {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": root}}
        ]
    }
