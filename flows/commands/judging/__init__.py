"""The parts of ``kmi judge``: the file, its columns, their figures, and the table with the verdicts."""
