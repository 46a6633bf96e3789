"""Examples of the rules on pipelines. The app has one environment, dev."""

TAP612_BAD = {
    ".github/workflows/deploy.yml": """\
jobs:
  staging:
    runs-on: ubuntu-latest
    steps:
      - run: make deploy ENV=staging
""",
}
TAP612_GOOD = {
    ".github/workflows/deploy.yml": """\
jobs:
  dev:
    runs-on: ubuntu-latest
    steps:
      - run: make deploy ENV=dev
""",
}
