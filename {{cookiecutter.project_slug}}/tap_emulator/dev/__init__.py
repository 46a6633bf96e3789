"""`make dev`: the emulator with one environment, which follows every saved file."""
