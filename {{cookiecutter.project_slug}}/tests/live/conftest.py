"""Fixtures of this project's live tests; tap_emulator.fixtures has the others."""

{% if cookiecutter.__has_api %}
from tests.live.caller import caller as caller
from tests.live.caller import impostor as impostor
{% endif %}
{% if cookiecutter.__has_worker %}
from tests.live.objects import name as name
from tests.live.objects import worker as worker
{% endif %}
