from django.apps import AppConfig


class LifeConfig(AppConfig):
    name = "hongyan.company.life"
    label = "life"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Who signs in again covers for himself."""
        from hongyan.company.life.actions import resumed
        from hongyan.company.mailboxes.actions import on_resume

        on_resume(resumed)
