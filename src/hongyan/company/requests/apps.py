from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "hongyan.company.requests"
    label = "requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who leaves a post or the company decides no more, and needs nothing more; a new head decides."""
        from hongyan.company.life.before import know_requests
        from hongyan.company.people.moves import listen, listen_left, listen_taken
        from hongyan.company.requests.flow import have_left, have_moved, have_taken
        from hongyan.company.requests.origins import asked

        listen(have_moved)
        listen_taken(have_taken)
        listen_left(have_left)
        know_requests(asked)
