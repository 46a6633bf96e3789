from infra.functions import ServiceFunction


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        table = Table(self, "Table")
{% if cookiecutter.__path %}
        api = Api(self, "Api")
        api.add_routes(
            ServiceFunction(
                self,
                "{{ cookiecutter.__id }}",
                handler="{{ cookiecutter.__name }}.handler",
                size=settings.{{ cookiecutter.__name }},
                uses={"TABLE_NAME": table},
            ),
            "{{ cookiecutter.__method }} {{ cookiecutter.__path }}",
        )
{% else %}
        ServiceFunction(
            self,
            "{{ cookiecutter.__id }}",
            handler="{{ cookiecutter.__name }}.handler",
            size=settings.{{ cookiecutter.__name }},
            uses={"TABLE_NAME": table},
        )
{% endif %}
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
