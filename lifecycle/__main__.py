"""The commands of a release: `python -m lifecycle add --project FOLDER ...`."""

import sys

from lifecycle import add, change, update

COMMANDS = {
    "add": add.main,
    "change": change.main,
    "render": update.render_recorded,
    "update": update.main,
}


def main() -> int:
    """Run the command that the first argument names, and return its exit code."""
    try:
        return COMMANDS[sys.argv[1]](sys.argv[2:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
