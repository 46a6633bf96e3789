{% include 'infra/table/' ~ cookiecutter.billing_mode ~ '.py' %}
