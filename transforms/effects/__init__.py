"""The change since an activity against the expectation, or why that cannot be told."""

from transforms.effects.activities import Activities, estimate_effects
from transforms.effects.estimate import estimate_effect
from transforms.effects.outcome import Effect
from transforms.effects.window_lengths import WINDOW_LENGTHS, WindowLengths

__all__ = ["WINDOW_LENGTHS", "Activities", "Effect", "WindowLengths", "estimate_effect", "estimate_effects"]
