from django.urls import path

from hongyan.faces.console.overview import views

urlpatterns = [
    path("console", views.show, name="console"),
    path("console/health", views.fragment, name="console-health"),
]
