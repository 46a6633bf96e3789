"""Somebody imports a module that nothing uses."""
