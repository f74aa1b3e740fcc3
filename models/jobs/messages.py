"""The queue: the Celery app's settings and how a job is enqueued. A message carries only a job id.

Whatever is lost or doubled here is made good by `protocol.py`.
"""

from collections.abc import Iterable
from ssl import CERT_REQUIRED

from celery import Celery
from kombu.exceptions import OperationalError

from anthology.models.errors import SetupError
from anthology.models.jobs import broker
from anthology.models.jobs.kinds import priority, who
from anthology.models.jobs.planning import Message
from anthology.models.jobs.rounds import FIRST

LONGER_THAN_ANY_JOB_S = 24 * 3600
UNUSABLE = (OperationalError, *broker.UNUSABLE)


def make_app(url: str, namespace: str) -> Celery:
    """A Celery app on a broker, whose queues are those of one database (`namespace_of`).

    Task results live in the database, not here.
    """
    app = Celery("anthology", broker=url, set_as_current=False)
    app.conf.update(
        anthology_namespace=namespace,
        # Kombu 5.7 would believe any certificate; `?ssl_cert_reqs=none` in the URL still does.
        broker_use_ssl={"ssl_cert_reqs": CERT_REQUIRED} if url.startswith("rediss:") else None,
        accept_content=["json"],
        task_serializer="json",
        event_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_send_sent_event=True,
        worker_send_task_events=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A Redis that is full refuses to hand over messages; without this the worker would end.
        broker_channel_error_retry=True,
        broker_transport_options={
            # Leases decide what is lost; Redis must not redeliver what still runs.
            "visibility_timeout": LONGER_THAN_ANY_JOB_S,
            # Defaults look for unacknowledged messages only about every 100 s.
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 30,
            "priority_steps": broker.PRIORITY_STEPS,
            "queue_order_strategy": "priority",
            # A silent connection holds Celery up for three of these; Redis answers within 1 s.
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
    )
    return app


def scoped(name: str, namespace: str) -> str:
    """A queue's name in Redis, where other databases' jobs may have queues of the same name."""
    return f"{name}@{namespace}"


def queue_of(app: Celery, name: str) -> str:
    return scoped(name, str(app.conf.anthology_namespace))


def enqueue(app: Celery, to_enqueue: Iterable[Message]) -> int:
    """Publishes one message a job, over one connection; returns how many.

    Raises `SetupError` when Redis is unreachable: nothing is lost, a sweep publishes later.
    """
    enqueued = 0
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=2, interval_start=0.2, timeout=5)
            producer = app.amqp.Producer(connection)
            for job in to_enqueue:
                app.send_task(
                    job.kind,
                    args=[job.id],
                    queue=queue_of(app, job.queue),
                    priority=0 if job.urgent else _priority(job),
                    shadow=job.title,
                    # Before a worker has it, Flower shows the arguments but not the shadow name.
                    argsrepr=f"{job.title.partition(': ')[2]}, "
                    f"{who(job.kind, job.first, job.count)}",
                    kwargsrepr="",
                    ignore_result=True,
                    producer=producer,
                )
                enqueued += 1
    except UNUSABLE as error:
        raise SetupError(broker.unreachable(str(app.conf.broker_url), error)) from error
    return enqueued


def _priority(job: Message) -> int:
    return priority(job.kind, job.pool_id is not None, begun=job.condition != FIRST)


def enqueue_if_silent(app: Celery, to_enqueue: Iterable[Message]) -> int:
    """Enqueues jobs of those queues that hold no message: messages lost with Redis come back."""
    to_enqueue = list(to_enqueue)
    url = str(app.conf.broker_url)
    try:
        waiting = broker.waiting(url, sorted({queue_of(app, job.queue) for job in to_enqueue}))
    except UNUSABLE as error:
        raise SetupError(broker.unreachable(url, error)) from error
    return enqueue(app, [job for job in to_enqueue if waiting[queue_of(app, job.queue)] == 0])
