from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "hongyan.company.replies"
    label = "replies"
    default_auto_field = "django.db.models.BigAutoField"
