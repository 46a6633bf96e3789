from infra.idempotency import Idempotency


class Api:
    def __init__(self, *, idempotency: Idempotency) -> None:
        function = ServiceFunction(self, "Function", uses={"IDEMPOTENCY_NAME": idempotency})
