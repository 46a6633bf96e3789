{% include 'infra/environment/' ~ cookiecutter.billing_mode ~ '.py' %}
