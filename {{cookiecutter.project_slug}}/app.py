"""The CDK app: one stack for each environment."""

from infra.app import main

main()
