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


def test_an_unusable_object_is_moved_and_the_others_are_imported(
    worker: Worker, target: Target, name: str
) -> None:
    poison = worker.put(POISON)
    hand_over(target, worker.put({"name": name, "quantity": 1}))
    worker.eventually_imported(name)
    bucket, s3 = target.outputs["BucketName"], target.client("s3")
    moved = poison.replace("incoming/", "failed/")

    def found() -> str | None:
        try:
            return str(s3.head_object(Bucket=bucket, Key=moved)["Metadata"]["reason"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
        return None

    assert "is not JSON" in target.eventually(found, "the object under failed/")
    s3.delete_object(Bucket=bucket, Key=moved)


def test_a_run_that_fails_becomes_a_dead_letter(worker: Worker, target: Target, name: str) -> None:
    """S3 gives out no archived object, whatever the role may do."""
    archived = worker.put({"name": name, "quantity": 1}, StorageClass="GLACIER")
    hand_over(target, archived)
    queue = target.queue_url(target.outputs["WorkerDeadLetterQueueArn"])
    target.eventually(
        lambda: target.messages(queue, lambda body: is_about(body, archived)), "a dead letter"
    )


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
    _, group, name = target.outputs["WorkerScheduleArn"].split("/")
    schedule = target.client("scheduler").get_schedule(GroupName=group, Name=name)
    role = schedule["Target"]["RoleArn"]
    assert target.may(role, "sqs:SendMessage", target.outputs["WorkerDeadLetterQueueArn"])
{% if cookiecutter.encryption == 'customer_managed' %}
    through_sqs = {"kms:ViaService": f"sqs.{target.session.region_name}.amazonaws.com"}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert target.may(role, action, target.outputs["KeyArn"], through_sqs), action
{% endif %}
