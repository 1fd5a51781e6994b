"""A network with one hidden layer and softmax output; its gradients by the chain rule."""

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from cradl.arrays import Floats
from cradl.losses.constants import subset_sums
from cradl.losses.model import Evaluation, Model, cross_entropy
from cradl.parameters import Parameters, PositiveInt


class HiddenLayerKeys(Parameters):
    """A network with one hidden layer and softmax output: −log of the sample's probability."""

    units: PositiveInt
    """Number of hidden units."""
    activation: Literal["tanh", "relu"] = Field(default="tanh")
    """What a hidden unit makes of its input; if absent, `tanh`."""


class _Layers(NamedTuple):
    """The parts of x: weights (H, D) and biases (H,), weights (C, H) and biases (C,)."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats


class HiddenLayer(Model):
    """Scores V σ(W z + a) + b of C classes; x = (W, a, V, b), P = H (D + 1) + C (H + 1)."""

    symmetric = True

    def __init__(self, D: int, C: int, keys: HiddenLayerKeys) -> None:
        super().__init__(D, C)
        self.H, self.activation = keys.units, keys.activation

    @property
    def dimension(self) -> int:
        """H (D + 1) + C (H + 1)."""
        return self.H * (self.D + 1) + self.C * (self.H + 1)

    def deviations(self) -> Floats:
        """Return 1/√D for the inner weights, 1/√H for the outer ones, 0 for biases.

        Source: LeCun, Bottou, Orr and Müller, Efficient BackProp (1998), section 4.6.
        """
        inner = np.full(self.H * self.D, 1 / np.sqrt(self.D))
        outer = np.full(self.C * self.H, 1 / np.sqrt(self.H))
        return np.concatenate([inner, np.zeros(self.H), outer, np.zeros(self.C)])

    def scores(self, x: Floats, designs: Floats) -> Floats:
        """Return V σ(W z_j + a) + b (m, C)."""
        layers = self._layers(x)
        return self._outer(layers, self._hidden(layers, designs))

    def evaluate(self, x: Floats, designs: Floats, responses: Floats, M: int) -> Evaluation:
        """Return F and the gradients, layer by layer from the output back."""
        layers = self._layers(x)
        hidden = self._hidden(layers, designs)
        loss, slopes = cross_entropy(self._outer(layers, hidden), responses)
        inner = slopes @ layers.outer
        # σ′ from σ itself: 1 − tanh², and 1 where a rectified unit is not silent.
        inner *= 1.0 - hidden**2 if self.activation == "tanh" else hidden > 0
        parts = [
            subset_sums(inner, designs, M),
            inner.reshape(M, -1, self.H).sum(axis=1),
            subset_sums(slopes, hidden, M),
            slopes.reshape(M, -1, self.C).sum(axis=1),
        ]
        return Evaluation(loss, np.concatenate(parts, axis=1))

    def _layers(self, x: Floats) -> _Layers:
        ends = np.cumsum([self.H * self.D, self.H, self.C * self.H])
        inner, inner_bias, outer, outer_bias = np.split(x, ends)
        return _Layers(
            inner.reshape(self.H, self.D), inner_bias, outer.reshape(self.C, self.H), outer_bias
        )

    def _hidden(self, layers: _Layers, designs: Floats) -> Floats:
        inputs: Floats = designs @ layers.inner.T
        inputs += layers.inner_bias
        if self.activation == "tanh":
            return np.tanh(inputs, out=inputs)
        return np.maximum(inputs, 0.0, out=inputs)

    def _outer(self, layers: _Layers, hidden: Floats) -> Floats:
        found: Floats = hidden @ layers.outer.T
        found += layers.outer_bias
        return found
