from infra.environment.browser import BrowserSettings


class Environment:
    """Settings.

    Args:
        browser: see BrowserSettings.
    """

    browser: BrowserSettings
