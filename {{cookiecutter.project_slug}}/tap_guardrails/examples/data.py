"""Examples of the rules on buckets, tables, keys and log groups."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sqs as sqs


def tap201_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads")


def tap201_good(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", enforce_ssl=True)


def tap202_bad(stack: cdk.Stack) -> None:
    s3.CfnBucket(stack, "Uploads", public_access_block_configuration={"block_public_acls": True})


def tap202_good(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", block_public_access=s3.BlockPublicAccess.BLOCK_ALL)


def tap203_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", server_access_logs_prefix="uploads/")


def tap203_good(stack: cdk.Stack) -> None:
    access_logs = s3.Bucket(stack, "AccessLogs")
    s3.Bucket(
        stack,
        "Uploads",
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="uploads/",
    )


def tap204_bad(stack: cdk.Stack) -> None:
    access_logs = s3.Bucket(stack, "AccessLogs", encryption=s3.BucketEncryption.KMS)
    s3.Bucket(
        stack,
        "Uploads",
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="uploads/",
    )


def tap204_good(stack: cdk.Stack) -> None:
    access_logs = s3.Bucket(stack, "AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED)
    s3.Bucket(
        stack,
        "Uploads",
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="uploads/",
    )


def tap205_bad(stack: cdk.Stack) -> None:
    uploads, jobs = s3.Bucket(stack, "Uploads"), sqs.Queue(stack, "Jobs")
    thumbnails = sqs.Queue(stack, "Thumbnails")
    uploads.add_event_notification(
        s3.EventType.OBJECT_CREATED,
        notifications.SqsDestination(jobs),
        s3.NotificationKeyFilter(prefix="images/"),
    )
    uploads.add_event_notification(
        s3.EventType.OBJECT_CREATED,
        notifications.SqsDestination(thumbnails),
        s3.NotificationKeyFilter(prefix="images/large/"),
    )


def tap205_good(stack: cdk.Stack) -> None:
    uploads, jobs = s3.Bucket(stack, "Uploads"), sqs.Queue(stack, "Jobs")
    thumbnails = sqs.Queue(stack, "Thumbnails")
    uploads.add_event_notification(
        s3.EventType.OBJECT_CREATED,
        notifications.SqsDestination(jobs),
        s3.NotificationKeyFilter(prefix="images/small/"),
    )
    uploads.add_event_notification(
        s3.EventType.OBJECT_CREATED,
        notifications.SqsDestination(thumbnails),
        s3.NotificationKeyFilter(prefix="images/large/"),
    )


def tap206_bad(stack: cdk.Stack) -> None:
    jobs = sqs.Queue(stack, "Jobs", encryption=sqs.QueueEncryption.KMS_MANAGED)
    uploads = s3.Bucket(stack, "Uploads")
    uploads.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.SqsDestination(jobs))


def tap206_good(stack: cdk.Stack) -> None:
    jobs = sqs.Queue(stack, "Jobs", encryption=sqs.QueueEncryption.SQS_MANAGED)
    uploads = s3.Bucket(stack, "Uploads")
    uploads.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.SqsDestination(jobs))


def tap207_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    s3.Bucket(
        stack,
        "Uploads",
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=False,
    )


def tap207_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    s3.Bucket(
        stack,
        "Uploads",
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
    )


def tap208_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
    s3.Bucket(
        stack,
        "Uploads",
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def tap208_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.RETAIN)
    s3.Bucket(
        stack,
        "Uploads",
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def tap209_bad(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-prod", termination_protection=True)
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def tap209_good(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-prod", termination_protection=True)
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def tap210_bad(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-prod", termination_protection=True)
    s3.Bucket(stack, "Uploads", auto_delete_objects=True, removal_policy=cdk.RemovalPolicy.DESTROY)


def tap210_good(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-prod", termination_protection=True)
    s3.Bucket(stack, "Uploads", removal_policy=cdk.RemovalPolicy.RETAIN)


def tap211_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", bucket_name="shop-uploads")


def tap211_good(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads")


def tap212_bad(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )


def tap212_good(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
    )


def tap213_bad(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        read_capacity=5,
        write_capacity=5,
    )


def tap213_good(stack: cdk.Stack) -> None:
    orders = dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        read_capacity=5,
        write_capacity=5,
    )
    reads = orders.auto_scale_read_capacity(min_capacity=5, max_capacity=100)
    reads.scale_on_utilization(target_utilization_percent=70)
    writes = orders.auto_scale_write_capacity(min_capacity=5, max_capacity=100)
    writes.scale_on_utilization(target_utilization_percent=70)


def tap214_bad(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
    )


def tap214_good(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        max_read_request_units=1000,
        max_write_request_units=1000,
    )


def tap215_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    logs.LogGroup(stack, "Audit", encryption_key=key)


def tap215_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    log_groups = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=[
                "kms:Decrypt*",
                "kms:Describe*",
                "kms:Encrypt*",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        )
    )
    logs.LogGroup(stack, "Audit", encryption_key=key)


def tap216_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    uploads = s3.Bucket(stack, "Uploads", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"ArnEquals": {"aws:SourceArn": uploads.bucket_arn}},
        )
    )


def tap216_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    s3.Bucket(stack, "Uploads", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )


def tap217_bad(stack: cdk.Stack) -> None:
    kms.Key(stack, "Key")


def tap217_good(stack: cdk.Stack) -> None:
    kms.Key(stack, "Key", enable_key_rotation=True)


def tap218_bad(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def tap218_good(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def tap219_bad(stack: cdk.Stack) -> None:
    logs.LogGroup(
        stack,
        "Audit",
        log_group_name="shop-audit",
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def tap219_good(stack: cdk.Stack) -> None:
    logs.LogGroup(
        stack,
        "Audit",
        log_group_name="shop-audit",
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
