"""The architecture page of a project, drawn from the last synth: `make picture`.

`graph` reads the resources and arrows of one environment, `events`, `access` and `alarms` the facts
about them, `mermaid` draws them, and `page` writes them between the marks of docs/architecture.md.
"""
