from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "hongyan.company.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
