{% if cookiecutter.api == 'rest' %}
from origins import cors


def resolver() -> APIGatewayRestResolver:
    app = APIGatewayRestResolver(cors=cors())
{% endif %}
