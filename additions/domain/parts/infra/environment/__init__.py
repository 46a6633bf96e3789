from infra.environment.domain import DomainSettings


class Environment:
    """Settings.

    Args:
        domain: see DomainSettings; None: the API has its own address only.
    """

    domain: DomainSettings | None = None
