from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                fields=["changed_at"], name="request_returned", condition=models.Q(("state", "returned"))
            ),
        ),
    ]
