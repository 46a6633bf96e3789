"""The state of many checkouts of rendered projects: `tap-fleet PATH...`."""
