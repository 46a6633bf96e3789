from infra.functions import ServiceFunction
from infra.state_machine import StateMachine


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        table = Table(self, "Table")
        {{ cookiecutter.__name }} = ServiceFunction(
            self,
            "{{ cookiecutter.__id }}Function",
            handler="{{ cookiecutter.__name }}.handler",
            size=settings.{{ cookiecutter.__name }},
            uses={"TABLE_NAME": table},
        )
        StateMachine(self, "{{ cookiecutter.__id }}", function={{ cookiecutter.__name }})
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
