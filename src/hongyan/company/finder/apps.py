from django.apps import AppConfig


class FinderConfig(AppConfig):
    name = "hongyan.company.finder"
    label = "finder"
    default_auto_field = "django.db.models.BigAutoField"
