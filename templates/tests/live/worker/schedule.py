def hand_over(target: Target, key: str) -> None:
    """The schedule runs the worker; in an account, where that takes a while, it is asked to run."""
    if target.emulator is None:
        target.client("lambda").invoke(
            FunctionName=target.outputs["WorkerFunctionArn"], InvocationType="Event", Payload=b"{}"
        )


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is about a run that could not import an object."""
    record = json.loads(letter)
    tried = record["requestContext"]
    return key in json.dumps(record["responsePayload"]) and (
        tried["condition"],
        tried["approximateInvokeCount"],
    ) == ("RetriesExhausted", 3)


def test_what_was_imported_is_taken_away(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    hand_over(target, key)
    worker.eventually_imported(name)

    def gone() -> bool:
        try:
            target.client("s3").head_object(Bucket=target.outputs["BucketName"], Key=key)
        except ClientError as error:
            return error.response["Error"]["Code"] == "404"
        return False

    target.eventually(gone, "the imported object's end")
    assert len(worker.imported(name)) == 1


def test_scheduler_may_keep_what_it_cant_deliver(target: Target) -> None:
    """The dead letters of Scheduler itself; the policy simulator judges."""
    name = target.outputs["ScheduleArn"].rsplit("/", maxsplit=1)[1]
    role = target.client("scheduler").get_schedule(Name=name)["Target"]["RoleArn"]
    assert target.may(role, "sqs:SendMessage", target.outputs["DeadLetterQueueArn"])
{% if cookiecutter.encryption == 'customer_managed' %}
    through_sqs = {"kms:ViaService": f"sqs.{target.session.region_name}.amazonaws.com"}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert target.may(role, action, target.outputs["KeyArn"], through_sqs), action
{% endif %}
