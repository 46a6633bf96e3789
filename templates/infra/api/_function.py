    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        authorization: Authorization,
        table: Table,
        storage: Storage,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = platform.settings
        self.function = ServiceFunction(
            self,
            "Function",
            platform=platform,
            handler="api.handler",
            size=settings.api_function,
            environment={
                "TABLE_NAME": table.table.table_name,
                "BUCKET_NAME": storage.bucket.bucket_name,
            },
        )
        table.allow(self.function, ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"])
        table.allow_query_index(self.function)
        storage.allow_read(self.function, DOCUMENTS)
{% if cookiecutter.encryption == 'customer_managed' %}
        self.function.allow_key(["dynamodb", "s3"])
{% endif %}
        access_logs = logs.LogGroup(
            self,
            "AccessLogs",
{% if cookiecutter.api == 'http' %}
            # API Gateway adds each other log group to a resource policy of the account, which
            # holds 5,120 characters; this prefix is covered by one entry.
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
            log_group_name=f"/aws/vendedlogs/apigateway/{cdk.Stack.of(self).stack_name}",
{% endif %}
            retention=settings.log_retention,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            **platform.encryption.log_group,
        )
