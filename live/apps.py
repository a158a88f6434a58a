"""The Django app of the live part. It has no models: what is stored is in marathons/."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "live"
    verbose_name = "Live"

    def ready(self) -> None:
        from live import checks  # noqa: F401 - registers the checks; needs the loaded settings
        from live.announcing import on_board_changed
        from marathons.signals import board_changed

        board_changed.connect(on_board_changed, dispatch_uid="live.announcing")
