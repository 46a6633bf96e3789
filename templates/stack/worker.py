        {{ cookiecutter.__worker_class }}(
            self,
            "{{ cookiecutter.__worker_id }}",
            handler="{{ cookiecutter.__worker_name }}.handler",
            settings=settings.{{ cookiecutter.__worker_name }},
{% if cookiecutter.worker == 'stream' %}
            source="{{ cookiecutter.__link }}",
{% endif %}
{% if cookiecutter.worker != 'sqs' %}
            incoming=names.{{ cookiecutter.__incoming }},
{% endif %}
            table=table,
            bucket=bucket,
        )
