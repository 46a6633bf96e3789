        self.queue = sqs.Queue(
            self,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=self.dead_letters),
            enforce_ssl=True,
            retention_period=cdk.Duration.days(4),
            visibility_timeout=cdk.Duration.seconds(6 * settings.worker_function.timeout_seconds),
            **platform.encryption.queue,
        )
        self.function.allow(
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [self.queue.queue_arn],
        )
        self.function.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=1,  # a document may take the function's whole time
                max_concurrency=settings.worker_concurrency,
                report_batch_item_failures=True,
            )
        )
        platform.alarms.page(
            self,
            "MessagesAge",
            metric=self.queue.metric_approximate_age_of_oldest_message(
                statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=5 * 6 * settings.worker_function.timeout_seconds,
            description="The oldest message has waited for as long as five tries take",
        )
