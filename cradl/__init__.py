"""Simulation of Byzantine-robust distributed learning with coded gradients (CRA-DL)."""

from cradl.engine.experiment import simulate
from cradl.loading import load_study

__all__ = ["load_study", "simulate"]
