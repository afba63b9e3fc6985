from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "hongyan.company.mailboxes"
    label = "mailboxes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who moves to another unit leaves the shared mailboxes of the old one (clause G3.2.2)."""
        from hongyan.company.mailboxes.members import leave_units
        from hongyan.company.people.moves import listen

        listen(leave_units)
