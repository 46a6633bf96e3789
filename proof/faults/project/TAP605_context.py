"""Build the app without a flag of cdk.json."""

from pathlib import Path

from proof.faults.files import replace

FLAG = "@aws-cdk/aws-lambda:recognizeLayerVersion"
STRICT = '"@aws-cdk/core:annotationsInValidationReport": true'


def fault(project: Path) -> str:
    app = project / "infra" / "app.py"
    built = "app = cdk.App(analytics_reporting=False, context=context, outdir=outdir)"
    changed = f'context={{**context, "{FLAG}": False}}'
    replace(app, built, built.replace("context=context", changed))
    return "cdk.json"


def fault_errors(project: Path) -> str:
    """Let errors pass the synth."""
    replace(project / "cdk.json", STRICT, STRICT.replace("true", "false"))
    return "cdk.json"
