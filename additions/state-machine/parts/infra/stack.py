from infra.functions import ServiceFunction
from infra.state_machine import StateMachine


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        table = Table(self, "Table")
        StateMachine(
            self,
            "{{ cookiecutter.__id }}",
            function=ServiceFunction(
                self,
                "{{ cookiecutter.__id }}Function",
                handler="{{ cookiecutter.__name }}.handler",
                size=settings.{{ cookiecutter.__name }},
                uses={"TABLE_NAME": table},
            ),
        )
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
