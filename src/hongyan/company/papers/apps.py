from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "hongyan.company.papers"
    label = "papers"
    default_auto_field = "django.db.models.BigAutoField"
