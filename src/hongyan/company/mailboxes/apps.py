from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "hongyan.company.mailboxes"
    label = "mailboxes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who moves to another unit leaves the shared mailboxes of the old one, who leaves the company all (clause G3.2.2)."""
        from hongyan.company.mailboxes.members import leave_all, leave_units
        from hongyan.company.mailboxes.moving import keepers_stay, leave_groups
        from hongyan.company.people.moves import listen, listen_left

        listen(keepers_stay)
        listen(leave_units)
        listen(leave_groups)
        listen_left(leave_all)
