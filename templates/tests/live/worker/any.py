@pytest.fixture
def worker(target: Target) -> Iterator[Worker]:
    """Yield the worker; delete the objects that the test put."""
    made = Worker(target, {{ cookiecutter.__incoming }})
    yield made
    made.clean()


def test_an_object_becomes_items_with_documents(worker: Worker, target: Target, name: str) -> None:
    key = worker.put([{"name": name, "quantity": 1}, {"name": name, "quantity": 2}])
    start_import(target, key)
    items = worker.eventually_imported(name, 2)
    assert sorted(item["quantity"]["N"] for item in items) == ["1", "2"]
    assert {worker.document(item)["imported_from"] for item in items} == {key}


def test_the_function_logs(worker: Worker, target: Target, name: str) -> None:
    before = int(time.time() * 1000) - 1000
    start_import(target, worker.put({"name": name, "quantity": 1}))
    worker.eventually_imported(name)
    function = target.outputs["{{ cookiecutter.__worker_id }}FunctionArn"]
    target.eventually(lambda: target.logged(function, before), "a log of the worker")
