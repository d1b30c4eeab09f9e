"""Blocks: one idea a file, shared by the networks."""
