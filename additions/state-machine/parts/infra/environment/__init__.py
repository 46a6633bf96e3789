from infra.environment.function import FunctionSize


class Environment:
    """Settings.

    Args:
        {{ cookiecutter.__name }}: see FunctionSize.
    """

    {{ cookiecutter.__name }}: FunctionSize
