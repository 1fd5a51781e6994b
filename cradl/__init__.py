"""Simulation of Byzantine-robust distributed learning with coded gradients (CRA-DL)."""

from cradl.loading import load_study
from cradl.simulate import simulate

__all__ = ["load_study", "simulate"]
