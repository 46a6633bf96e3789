from infra.idempotency import Idempotency


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        idempotency = Idempotency(self, "Idempotency")
        Api(self, "Api", idempotency=idempotency)
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
