{% include 'infra/billing/' ~ cookiecutter.billing_mode ~ '.py' %}
