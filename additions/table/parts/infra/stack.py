from infra.table import Table


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        Table(self, "{{ cookiecutter.__id }}")
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
