{% set incoming = 'incoming=names.' ~ cookiecutter.__incoming ~ ',\n            ' %}
{% set source = 'source="' ~ cookiecutter.__link ~ '",\n            ' %}
        {{ cookiecutter.__worker_class }}(
            self,
            "{{ cookiecutter.__worker_id }}",
            handler="{{ cookiecutter.__worker_name }}.handler",
            settings=settings.{{ cookiecutter.__worker_name }},
            {{ {'stream': source ~ incoming, 'sqs': ''}.get(cookiecutter.worker, incoming) }}table=table,
            bucket=bucket,
        )
