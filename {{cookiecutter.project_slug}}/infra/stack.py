"""The stack: a table of contents of the service."""

from constructs import Construct

{% if cookiecutter.__has_api %}
from infra.api import NEWEST_FIRST, Api
{% endif %}
{% if cookiecutter.audit_trail %}
from infra.audit import AuditTrail
{% endif %}
from infra.base import BaseStack
from infra.bucket import Bucket
from infra.environment import Environment
{% if cookiecutter.__has_worker %}
from infra.{{ cookiecutter.worker }}_worker import {{ cookiecutter.__worker_class }}
{% endif %}
from infra.table import Table
{% if cookiecutter.worker not in ['none', 'sqs'] %}
from service import names
{% endif %}


class ServiceStack(BaseStack):
    """One environment of the service."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id, settings=settings)
        bucket = Bucket(self, "Bucket")
        table = Table(self, "Table"{{ ', indexes=[NEWEST_FIRST]' * (cookiecutter.__has_api != '') }}{{ ', stream=True' * (cookiecutter.worker == 'stream') }})
{% if cookiecutter.__has_api %}
        Api(self, "Api", table=table, bucket=bucket)
{% endif %}
{% if cookiecutter.__has_worker %}
{% include 'stack/worker.py' %}
{% endif %}
{% if cookiecutter.audit_trail %}
        AuditTrail(self, "AuditTrail")
{% endif %}
