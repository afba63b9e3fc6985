from django.urls import path

from hongyan.faces.console.queue import views

urlpatterns = [
    path("console/queue", views.index, name="queue"),
    path("console/queue/retry", views.retry, name="queue-retry"),
    path("console/queue/delete", views.delete, name="queue-delete"),
    path("console/queue/<str:identifier>", views.message, name="queue-message"),
]
