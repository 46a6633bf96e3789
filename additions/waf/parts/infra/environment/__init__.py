from infra.environment.waf import WafSettings


class Environment:
    """Settings.

    Args:
        waf: see WafSettings.
    """

    waf: WafSettings
