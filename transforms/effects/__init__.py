"""What followed an activity: the change since it against what was expected without it, or why that cannot be told."""

from transforms.effects.activities import Activities, effects
from transforms.effects.estimate import effect
from transforms.effects.outcome import Effect
from transforms.effects.window_lengths import SPANS, Span

__all__ = ["SPANS", "Activities", "Effect", "Span", "effect", "effects"]
