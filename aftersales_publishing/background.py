"""What jobs in the background have in common."""

import logging
from contextlib import contextmanager

from psycopg2 import errors

from odoo.exceptions import ConcurrencyError

_logger = logging.getLogger(__name__)

# somebody works on the same: what raises it is done again, by Odoo or by the next run of the job
RETRIED = (
    ConcurrencyError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)


@contextmanager
def apart(env, records, failure, handle=None):
    """Do something for some records of many: if they are broken, they do not hold up the others.

    All of it is rolled back and logged then, and the caller goes on behind the block.

    :param failure: what was not done, for the server's log: “not marked as overdue”
    :param handle: called with the exception after the rollback
    :raises Exception: one of :data:`RETRIED`, so that the transaction is given up
    """
    try:
        with env.cr.savepoint():
            yield
    except RETRIED:
        raise
    except Exception as error:
        env.transaction.clear()
        _logger.exception("%s: %s", records, failure)
        if handle:
            handle(error)
