"""The worker: imports the object that each message names."""

{% include 'service/worker/_queue.py' %}


def key_of(record: SQSRecord) -> str:
    """Return the key of the object that a message names.

    Raises:
        Unusable: the message names no object; after five tries it is a dead letter.
    """
    try:
        message = record.json_body
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("key"), str):
        raise Unusable('a message is a JSON object such as {"key": "incoming/items.json"}')
    return str(message["key"])


@tracer.capture_method(capture_response=False)
def work_on(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Import the object that one message names.

    Raises:
        Unfinished: time is up; the message is delivered again.
        Unusable: the message or its object can't be imported.
    """
    key = None
    try:
        key = key_of(record)
{% set summary = 'only the messages that failed are delivered again.' %}
{% include 'service/worker/_import.py' %}
