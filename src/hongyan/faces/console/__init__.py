"""Administration: the system's health, companies at a glance, the audit."""
