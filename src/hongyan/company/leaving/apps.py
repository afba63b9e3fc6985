from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "hongyan.company.leaving"
    label = "leaving"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who has left the company, by whatever way that became known, goes through the process (clause G2.2.2)."""
        from hongyan.company.leaving import listening

        listening.enter()
