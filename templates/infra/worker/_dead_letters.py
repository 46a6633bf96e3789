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
        platform.alarms.page(
            self,
            "DeadLettersWait",
            metric=self.dead_letters.metric_approximate_number_of_messages_visible(
                statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=1,
            description="{{ waiting }}",
        )
