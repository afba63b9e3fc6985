from django.apps import AppConfig


class DnsConfig(AppConfig):
    name = "hongyan.company.dns"
    label = "dns"
    default_auto_field = "django.db.models.BigAutoField"
