"""The plan file: what is measured, why and against which target, and its checks."""
