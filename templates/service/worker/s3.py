"""The worker: imports each object that is put under incoming/."""

{% include 'service/worker/_queue.py' %}


def key_of(record: SQSRecord) -> str:
    """Return the key of the new object that a message is about.

    EventBridge sends the key as it is; `S3EventBridgeNotificationEvent` would decode it as S3's
    own notifications need.

    Raises:
        Unusable: the message holds no such event; after five tries it is a dead letter.
    """
    try:
        return str(record.json_body["detail"]["object"]["key"])
    except (LookupError, TypeError, ValueError):
        raise Unusable("the message is not an event of an object") from None


@tracer.capture_method(capture_response=False)
def work_on(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Import the object of one event.

    Raises:
        Unfinished: time is up; the event is delivered again.
        Unusable: the event or its object can't be imported.
    """
    key = None
    try:
        key = key_of(record)
{% set summary = 'only the events that failed are delivered again.' %}
{% include 'service/worker/_import.py' %}
