"""The end of a command: an error that the user can fix is one line, never a traceback."""

import os
import sys
from collections.abc import Callable

from tap_project.assembly import OperationError

EXPECTED: tuple[type[Exception], ...] = (OperationError,)
try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # `make install` installs no boto3
    pass
else:
    EXPECTED = (OperationError, BotoCoreError, ClientError)

STOPPED = "Stopped."
CONTINUES = (
    "Stopped. CloudFormation continues what it has started; to see the state of the stack:"
    " make doctor ENV={}"
)
# Exit codes of a shell for SIGINT and SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141


def reported(work: Callable[[], int], stopped: str = STOPPED) -> int:
    """Return what a command returns; print an error that the user can fix as one line.

    Args:
        work: the command.
        stopped: what Ctrl-C prints.
    """
    try:
        code = work()
        sys.stdout.flush()
    except EXPECTED as error:
        text = str(error)
        print(
            text if isinstance(error, OperationError) else " ".join(text.split()), file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print(f"\n{stopped}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # such as of `make cost | head`
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code
