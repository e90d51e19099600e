"""Gunicorn's two logs in JSON."""

import datetime as dt
import logging
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from mnistsite.logs import JSONFormatter


class JSONLogger(Logger):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logging.captureWarnings(True)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(JSONFormatter())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: dt.timedelta) -> None:
        """The path is without the query, in which clients may send what is nobody's business."""
        path, status = str(environ["RAW_URI"]).partition("?")[0], int(str(resp.status).split(None, 1)[0])
        fields = {
            "request_id": dict(resp.headers).get("X-Request-ID"),
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "status": status,
            "bytes": resp.sent,
            "ms": round(request_time.total_seconds() * 1000, 3),
        }
        self.access_log.info("%s %s %s", fields["method"], path, status, extra={"fields": fields})
