"""The project's own guardrails, which check every synth together with tap_guardrails.

A rule checks each resource of the types that it names, or the whole app if it names none, and yields
each problem. Its docstring contains a title, the consequence, a link to the reason, and the fix,
indented. Its id is capital letters (not TAP) and three digits, and never changes its meaning.
`make rules` lists it, and an exception is acknowledged as `tap::OWN101`, with a reason.

    from collections.abc import Iterator

    from tap_guardrails.model import Resource
    from tap_guardrails.rule import rule

    @rule("OWN101", "silent", "AWS::SQS::Queue")
    def queues_keep_messages_for_two_weeks(queue: Resource) -> Iterator[str]:
        \"\"\"Queues keep their messages for 14 days.

        Otherwise messages can expire during a holiday, before anyone handles them.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html

            retention_period=cdk.Duration.days(14),
        \"\"\"
        if queue.plain("MessageRetentionPeriod", default=345600) < 1209600:
            yield "keeps messages for less than 14 days"
"""
