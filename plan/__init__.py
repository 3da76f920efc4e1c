"""The plan file: what is measured, why and against which target; its checks and its calendar."""
