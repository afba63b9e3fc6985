from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "hongyan.company.profiles"
    label = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What a post brings follows it (clauses G3.2.2, P12)."""
        from hongyan.company.mailboxes.actions import on_open
        from hongyan.company.people.moves import listen, listen_left, listen_returned, listen_taken
        from hongyan.company.profiles import following

        listen(following.have_left, first=True)
        listen_taken(following.have_taken)
        listen_left(following.have_gone)
        listen_returned(following.have_taken)
        on_open(following.opened)
