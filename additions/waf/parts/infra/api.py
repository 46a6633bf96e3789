class Api:
    def _acknowledge_findings(self) -> None:
        # remove
        acknowledge(stage, "AwsSolutions-APIG3", "")
