"""Each kind of approach as cost lines: its bill from the plan, the months and the prices."""
