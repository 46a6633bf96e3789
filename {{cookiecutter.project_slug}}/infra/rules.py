"""The project's own guardrails: they judge every synth beside those of tap_guardrails.

A rule looks at each resource of the types that it names, or at the whole app if it names none, and
yields what is wrong. Its docstring is a title, what happens otherwise, a link to the reason, and,
indented, the fix. Its id never changes its meaning: capital letters and three digits, but not TAP.
`make rules` lists it, and an exception is acknowledged as `tap::OWN101`, with a reason.

    from collections.abc import Iterator

    from tap_guardrails.model import Resource
    from tap_guardrails.rule import rule

    @rule("OWN101", "silent", "AWS::SQS::Queue")
    def queues_keep_messages_for_two_weeks(queue: Resource) -> Iterator[str]:
        \"\"\"Queues keep their messages for 14 days.

        Messages that nobody handles over a holiday are gone when people return.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html

            retention_period=cdk.Duration.days(14),
        \"\"\"
        if queue.plain("MessageRetentionPeriod", default=345600) < 1209600:
            yield "keeps messages for less than 14 days"
"""
