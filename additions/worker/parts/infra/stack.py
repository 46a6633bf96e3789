from infra.{{ cookiecutter.worker }}_worker import {{ cookiecutter.__worker_class }}
{% if cookiecutter.worker != 'sqs' %}
from service import names
{% endif %}


class ServiceStack(BaseStack):
    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        bucket = Bucket(self, "Bucket")
        table = Table(self, "Table"{{ ', stream=True' * (cookiecutter.worker == 'stream') }})
{% include 'stack/worker.py' %}
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
