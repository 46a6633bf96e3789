from infra.queue import Queue


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        Queue(self, "{{ cookiecutter.__id }}", consumer_seconds=60)
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
