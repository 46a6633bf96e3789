{% include 'operations/bootstrap-' ~ ('none' if cookiecutter.ci == 'none' else 'pipeline') ~ '.py' %}
