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
            retention=settings.log_retention,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            **platform.encryption.log_group,
        )
