{% set concurrency = {'on_demand': {true: 20, false: 2}}.get(cookiecutter.billing_mode, {true: 2, false: 2}) %}
{% set timeout = {'s3': 300, 'sqs': 300}.get(cookiecutter.worker, 180) %}
{% set concurrent = '    concurrency=%d,\n        ' % concurrency[production] %}
        {{ cookiecutter.__worker_name }}={{ cookiecutter.__worker_settings }}(
            function=FunctionSize(memory_mib={{ memory }}, timeout_seconds={{ timeout }}),
        {{ {'schedule': '    minutes=15,\n        ', 'stream': ''}.get(cookiecutter.worker, concurrent) }}),
