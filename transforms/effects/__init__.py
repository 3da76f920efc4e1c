"""What followed an activity: the change since it against what was expected without it, or why that cannot be told."""

from transforms.effects.activities import Activities, estimate_effects
from transforms.effects.estimate import estimate_effect
from transforms.effects.outcome import Effect
from transforms.effects.window_lengths import WINDOW_LENGTHS, WindowLengths

__all__ = ["WINDOW_LENGTHS", "Activities", "Effect", "WindowLengths", "estimate_effect", "estimate_effects"]
