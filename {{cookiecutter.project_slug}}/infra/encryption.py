{% include 'infra/encryption/' ~ cookiecutter.encryption ~ '.py' %}
