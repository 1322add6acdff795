"""Sampling: noise schedules, solvers, guidance and seeded noise. Plain torch, usable from any script."""
