from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "hongyan.company.tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"
