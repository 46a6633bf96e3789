"""Breakages that let a stranger in, leave a declared key unused, or open the sign-in."""

from __future__ import annotations

from proof.judges.breakage import (
    REMOVED,
    Breakage,
    Draft,
    Json,
    Test,
    assign,
    has,
    setting,
)
from proof.judges.breakages.types import (
    AUTHORIZER,
    BUCKET,
    BUCKET_POLICY,
    CLIENT,
    DATA_BUCKET,
    DEAD_LETTERS,
    FUNCTION,
    FUNCTION_ROLE,
    GROUP,
    KEY,
    LOG_GROUP,
    MAIN_QUEUE,
    PERMISSION,
    POOL,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    STRANGER,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
    TRAIL,
    account,
    anyone,
)


def _allows(
    name: str, text: str, kind: str, statement: Json, where: Test | None = None, **more: str
) -> Breakage:
    return Breakage(name, text, lambda draft: draft.allow(kind, statement, where), **more)


def _objects(statement: Json) -> Breakage:
    """Return a statement on the objects of the bucket of the service."""

    def change(draft: Draft) -> None:
        bucket, _ = draft.first(BUCKET, DATA_BUCKET)
        objects = {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/*"]]}
        where = has("Bucket.Ref", bucket)
        draft.allow(BUCKET_POLICY, {**statement, "Resource": objects}, where)

    whom = "anyone" if statement["Principal"] == "*" else "another account"
    name = whom.replace(" ", "-")
    return Breakage(f"stranger-objects-for-{name}", f"The bucket lets {whom} read objects", change)


def _table_policy(statement: Json) -> Json:
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _trust(name: str, text: str, principal: Json | str, where: Test) -> Breakage:
    def change(draft: Draft) -> None:
        _, role = draft.first(ROLE, where)
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        statement["Principal"] = principal

    return Breakage(name, text, change)


def _permission(name: str, text: str, principal: str) -> Breakage:
    def change(draft: Draft) -> None:
        function, _ = draft.first(FUNCTION)
        draft.resources["Invoke"] = {
            "Type": PERMISSION,
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": function},
                "Principal": principal,
            },
        }

    return Breakage(name, text, change)


def _key_in_output(draft: Draft) -> None:
    user = {"Type": "AWS::IAM::User", "Properties": {}}
    key = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "Robot"}}}
    draft.resources.update(Robot=user, RobotKey=key)
    secret = {"Value": {"Fn::GetAtt": ["RobotKey", "SecretAccessKey"]}}
    draft.template["Outputs"]["RobotSecret"] = secret


def _custom_resource(draft: Draft) -> None:
    token = f"arn:aws:lambda:us-east-1:{STRANGER}:function:setup"
    draft.resources["Setup"] = {
        "Type": "AWS::CloudFormation::CustomResource",
        "Properties": {"ServiceToken": token},
    }


def _url(draft: Draft) -> None:
    function, _ = draft.first(FUNCTION)
    target = {"Fn::GetAtt": [function, "Arn"]}
    draft.resources["Url"] = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"AuthType": "NONE", "TargetFunctionArn": target},
    }


def _password(draft: Draft) -> None:
    draft.template["Parameters"]["DatabasePassword"] = {
        "Type": "String",
        "Default": "kV9-Tq7_pLw2",
    }


STRANGERS = (
    _objects(anyone("s3:GetObject")),
    _objects(account("s3:GetObject")),
    _allows("stranger-key-for-anyone", "The key lets anyone decrypt", KEY, anyone("kms:Decrypt")),
    _allows(
        "stranger-key-for-another-account",
        "The key lets another account decrypt",
        KEY,
        account("kms:Decrypt"),
    ),
    setting(
        "stranger-table-for-anyone",
        "The table lets anyone read items",
        TABLE,
        "ResourcePolicy",
        _table_policy(anyone("dynamodb:GetItem")),
    ),
    setting(
        "stranger-table-for-another-account",
        "The table lets another account read items",
        TABLE,
        "ResourcePolicy",
        _table_policy(account("dynamodb:GetItem")),
    ),
    _allows(
        "stranger-queue-for-anyone",
        "The queue lets anyone send messages",
        QUEUE_POLICY,
        anyone("sqs:SendMessage"),
    ),
    _allows(
        "stranger-queue-for-another-account",
        "The queue lets another account read messages",
        QUEUE_POLICY,
        account("sqs:ReceiveMessage"),
        variant="http",
    ),
    _allows(
        "stranger-topic-for-anyone",
        "The topic lets anyone publish",
        TOPIC_POLICY,
        anyone("sns:Publish"),
    ),
    _allows(
        "stranger-topic-for-another-account",
        "The topic lets another account subscribe",
        TOPIC_POLICY,
        account("sns:Subscribe"),
    ),
    _permission("stranger-function-for-anyone", "Anyone may invoke the function", "*"),
    _permission(
        "stranger-function-for-another-account",
        "Another account may invoke the function",
        STRANGER,
    ),
    _trust(
        "stranger-role-for-anyone",
        "Anyone may assume the function's role",
        {"AWS": "*"},
        FUNCTION_ROLE,
    ),
    _trust(
        "stranger-role-for-another-account",
        "Another account may assume the function's role",
        {"AWS": f"arn:aws:iam::{STRANGER}:root"},
        FUNCTION_ROLE,
    ),
    _trust(
        "stranger-role-for-the-account",
        "Everyone in the account may assume the function's role",
        {"AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}},
        FUNCTION_ROLE,
    ),
    _trust(
        "stranger-role-for-another-service",
        "A service that never calls it may assume the function's role",
        {"Service": "ec2.amazonaws.com"},
        FUNCTION_ROLE,
    ),
    _trust(
        "stranger-logging-role-for-another-service",
        "A service that never calls it may assume the API's logging role",
        {"Service": "codebuild.amazonaws.com"},
        has("AssumeRolePolicyDocument", "apigateway.amazonaws.com"),
    ),
    Breakage("stranger-key-in-output", "An output contains an access key", _key_in_output),
    Breakage(
        "stranger-custom-resource",
        "A custom resource calls a function of another account",
        _custom_resource,
    ),
    Breakage("stranger-function-url", "The function has a URL for everyone", _url),
    Breakage("stranger-password-parameter", "A parameter's default is a password", _password),
    setting(
        "stranger-every-port",
        "The security group admits every port from the internet",
        GROUP,
        "SecurityGroupIngress",
        [{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}],
        variant="http",
    ),
)


def _sqs_key(draft: Draft) -> None:
    draft.edit(QUEUE, "KmsMasterKeyId", REMOVED, MAIN_QUEUE)
    draft.edit(QUEUE, "SqsManagedSseEnabled", True, MAIN_QUEUE)


KEYS = (
    setting("key-topic", "One of the topics has no key", TOPIC, "KmsMasterKeyId", REMOVED),
    setting("key-topics", "No topic has a key", TOPIC, "KmsMasterKeyId", REMOVED, every=True),
    setting(
        "key-topic-of-aws",
        "A topic uses the key that AWS manages",
        TOPIC,
        "KmsMasterKeyId",
        "alias/aws/sns",
    ),
    setting("key-log-groups", "No log group has a key", LOG_GROUP, "KmsKeyId", REMOVED, every=True),
    setting(
        "key-access-log",
        "The access log has no key",
        LOG_GROUP,
        "KmsKeyId",
        REMOVED,
        where=has("LogGroupName"),
        variant="http",
    ),
    setting(
        "key-queue", "The queue has no key", QUEUE, "KmsMasterKeyId", REMOVED, where=MAIN_QUEUE
    ),
    Breakage("key-queue-of-sqs", "The queue is encrypted by SQS instead", _sqs_key, "http"),
    setting(
        "key-dead-letters",
        "The dead-letter queue has no key",
        QUEUE,
        "KmsMasterKeyId",
        REMOVED,
        where=DEAD_LETTERS,
    ),
    setting(
        "key-bucket",
        "The bucket is encrypted by S3 instead",
        BUCKET,
        "BucketEncryption",
        {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        },
        where=DATA_BUCKET,
    ),
    setting(
        "key-bucket-of-aws",
        "The bucket uses the key that AWS manages",
        BUCKET,
        "BucketEncryption.ServerSideEncryptionConfiguration.0"
        ".ServerSideEncryptionByDefault.KMSMasterKeyID",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "key-table",
        "The table is encrypted by DynamoDB instead",
        TABLE,
        "SSESpecification",
        REMOVED,
    ),
    setting(
        "key-table-of-aws",
        "The table uses the key that AWS manages",
        TABLE,
        "SSESpecification.KMSMasterKeyId",
        REMOVED,
    ),
    setting("key-trail", "The trail has no key", TRAIL, "KMSKeyId", REMOVED, variant="http"),
)


def _sign_in(name: str, text: str, kind: str, path: str, value: object) -> Breakage:
    return setting(f"sign-in-{name}", text, kind, path, value, variant="http")


def _implicit(draft: Draft) -> None:
    _, client = draft.first(CLIENT)
    flows = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["implicit"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com"],
    }
    for name, value in flows.items():
        assign(client["Properties"], name, value)


def _plain_callback(draft: Draft) -> None:
    _implicit(draft)
    _, client = draft.first(CLIENT)
    client["Properties"] |= {
        "AllowedOAuthFlows": ["code"],
        "CallbackURLs": ["http://shop.example.com/back"],
    }


def _audience(value: list[object]) -> Breakage:
    name = "any-audience" if not value else "another-audience"
    text = "The authorizer takes any audience" if not value else "The authorizer expects others"
    return _sign_in(name, text, AUTHORIZER, "JwtConfiguration.Audience", value or REMOVED)


SIGN_IN = (
    _sign_in(
        "self-sign-up",
        "Anyone may create an account",
        POOL,
        "AdminCreateUserConfig.AllowAdminCreateUserOnly",
        False,
    ),
    _sign_in(
        "self-sign-up-default",
        "Who may sign up is left open",
        POOL,
        "AdminCreateUserConfig",
        REMOVED,
    ),
    _sign_in(
        "password-flow",
        "Clients send the password itself",
        CLIENT,
        "ExplicitAuthFlows",
        ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    ),
    _sign_in(
        "user-existence",
        "Errors tell whether a user exists",
        CLIENT,
        "PreventUserExistenceErrors",
        "LEGACY",
    ),
    _sign_in(
        "user-existence-default",
        "Whether errors tell that a user exists is left open",
        CLIENT,
        "PreventUserExistenceErrors",
        REMOVED,
    ),
    Breakage("sign-in-implicit", "Tokens are in the redirect's URL", _implicit, "http"),
    Breakage("sign-in-plain-callback", "Codes are sent over plain HTTP", _plain_callback, "http"),
    _audience([]),
    _audience(["other"]),
    _sign_in(
        "another-issuer",
        "The authorizer trusts another user pool",
        AUTHORIZER,
        "JwtConfiguration.Issuer",
        "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
    ),
    _sign_in(
        "token-in-query",
        "The authorizer reads the token from the URL",
        AUTHORIZER,
        "IdentitySource",
        ["$request.querystring.token"],
    ),
    _sign_in("no-mfa", "A password is enough", POOL, "MfaConfiguration", "OFF"),
    _sign_in("optional-mfa", "A second factor is optional", POOL, "MfaConfiguration", "OPTIONAL"),
    _sign_in(
        "short-passwords",
        "Passwords have six characters",
        POOL,
        "Policies.PasswordPolicy.MinimumLength",
        6,
    ),
    _sign_in("no-password-policy", "Passwords have no policy", POOL, "Policies", REMOVED),
    _sign_in(
        "temporary-passwords",
        "Temporary passwords are valid for a year",
        POOL,
        "Policies.PasswordPolicy.TemporaryPasswordValidityDays",
        365,
    ),
    _sign_in(
        "day-long-tokens", "Access tokens are valid for a day", CLIENT, "AccessTokenValidity", 1440
    ),
    _sign_in(
        "refresh-for-years",
        "Refresh tokens are valid for ten years",
        CLIENT,
        "RefreshTokenValidity",
        3650,
    ),
    _sign_in("no-revocation", "Tokens can't be revoked", CLIENT, "EnableTokenRevocation", False),
    _sign_in(
        "deletable-pool", "The user pool can be deleted", POOL, "DeletionProtection", "INACTIVE"
    ),
)

ALL = (*STRANGERS, *KEYS, *SIGN_IN)
