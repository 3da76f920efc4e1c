"""What is measured, why and against which target: the plan file, its checks and the calendar."""
