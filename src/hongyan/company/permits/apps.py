from django.apps import AppConfig


class PermitsConfig(AppConfig):
    name = "hongyan.company.permits"
    label = "permits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A right to write to a group is left behind with the unit that it was given in (clause P12)."""
        from hongyan.company.people.moves import listen, listen_left
        from hongyan.company.permits.actions import leave_company, leave_units

        listen(leave_units)
        listen_left(leave_company)
