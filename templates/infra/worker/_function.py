    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        storage: Storage,
        table: Table,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = platform.settings
        self.function = WorkerFunction(
            self,
            "Function",
            platform=platform,
            handler="worker.handler",
            size=settings.worker_function,
            environment={
                "TABLE_NAME": table.table.table_name,
                "BUCKET_NAME": storage.bucket.bucket_name,
            },
        )
        table.allow(self.function, ["dynamodb:GetItem", "dynamodb:PutItem"])
