"""An environment with an account."""

from pathlib import Path

from proof.faults.files import replace


def change(project: Path) -> None:
    region = 'region="us-east-1",'
    known = f'{region} account="111122223333",'
    replace(project / "infra" / "settings.py", region, known)
