"""Any other JSON service, described in the plan. Names are those of dlt where dlt has one."""
