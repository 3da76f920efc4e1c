"""Delete the raw bodies that are older than the plan keeps them."""

from flows.steps.context import Context
from warehouse.raw_files import delete_files, older_than, raw_files


def tidy_raw(context: Context) -> dict[str, int]:
    """How many files were deleted, by source; sources of which none was are left out. Figures are never deleted."""
    deleted = {}
    for name, settings in context.loaded.plan.sources.items():
        age = settings.retention.raw_age
        if age is None:
            continue
        count = delete_files(context.root, older_than(raw_files(context.root, name), age, context.clock()))
        if count:
            deleted[name] = count
            files = f"{count} raw file{'s' * (count != 1)}"
            context.log(f"{name}: {files} older than {age.days} days deleted, as 'retention' says")
    return deleted
