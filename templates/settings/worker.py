{% set concurrency = {'on_demand': {true: 20, false: 2}}.get(cookiecutter.billing_mode, {true: 2, false: 2}) %}
{% set timeout = {'s3': 300, 'sqs': 300}.get(cookiecutter.worker, 180) %}
        {{ cookiecutter.__worker_name }}={{ cookiecutter.__worker_settings }}(
            function=FunctionSize(memory_mib={{ memory }}, timeout_seconds={{ timeout }}),
{% if cookiecutter.worker in ['s3', 'sqs'] %}
            concurrency={{ concurrency[production] }},
{% elif cookiecutter.worker == 'schedule' %}
            minutes=15,
{% endif %}
        ),
