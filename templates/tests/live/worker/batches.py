def test_a_poison_record_becomes_a_dead_letter_and_others_are_imported(
    worker: Worker, target: Target, name: str
) -> None:
    poison = worker.put(b"{")
    start_import(target, poison)
    start_import(target, worker.put({"name": name, "quantity": 1}))
    assert len(worker.eventually_imported(name)) == 1
    queue = target.queue_url(target.outputs["{{ cookiecutter.__worker_id }}DeadLetterQueueArn"])
    messages = target.eventually(
        lambda: target.messages(queue, lambda body: is_dead_letter(body, poison)), "a dead letter"
    )
    assert len(messages) == 1
