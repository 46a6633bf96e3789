from infra.topic import Topic


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        Topic(self, "{{ cookiecutter.__id }}")
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
