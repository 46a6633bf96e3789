from infra.environment.{{ cookiecutter.__worker_settings_module }} import {{ cookiecutter.__worker_settings }}


class Environment:
    """Settings.

    Args:
        {{ cookiecutter.__worker_name }}: see {{ cookiecutter.__worker_settings }}.
    """

    {{ cookiecutter.__worker_name }}: {{ cookiecutter.__worker_settings }}
