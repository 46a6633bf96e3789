        storage.allow_write(self.function, DOCUMENTS)
{% if cookiecutter.encryption == 'customer_managed' %}
        self.function.allow_key(["dynamodb", "s3", "sqs"])
{% endif %}
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
            **platform.encryption.queue,
        )
        # DIFF: one that arrives while others wait notifies again. FILL: an unused queue has no data.
        platform.alarms.notify(
            self,
            "DeadLettersWait",
            metric=cloudwatch.MathExpression(
                expression="DIFF(FILL(waiting, 0))",
                using_metrics={
                    "waiting": self.dead_letters.metric_approximate_number_of_messages_visible(
                        statistic=cloudwatch.Stats.MAXIMUM
                    )
                },
                label="New dead letters",
            ),
            threshold=1,
            description="{{ waiting }}",
            evaluation_periods=6,
            datapoints_to_alarm=1,
        )
