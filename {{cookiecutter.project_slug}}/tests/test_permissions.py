"""Each handler module declares the calls that it makes, and no others; these tests run last."""

import pytest

from tap_emulator.testing import CALLS, LAST


def test_there_are_handlers() -> None:
    assert CALLS.modules()


@pytest.mark.parametrize("module", CALLS.modules())
def test_every_declared_action_is_exercised(module: str, request: pytest.FixtureRequest) -> None:
    """An undeclared call fails the test that makes it."""
    # Without the other tests there are no calls to compare; `make check` runs them all.
    if {item.path.name for item in request.session.items} == {LAST}:
        pytest.skip("the tests of the handlers were not run; try: make test")
    missing = sorted(CALLS.unexercised(module))
    assert not missing, (
        f"no test calls {', '.join(missing)} of service/{module}.py;"
        " test it, or remove it from PERMISSIONS"
    )
