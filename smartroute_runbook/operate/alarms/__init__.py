"""The alarms, and whom they tell.

===============  =============================================================================
``definition``   what an alarm is, and how a metric is named
``athena``       what Athena costs and how long it takes
``redshift``     the cluster: CPU, latency, queues, disk, health, connections
``loading``      what ``sync`` publishes: how far behind, and whether loads fail
``dashboard``    what users of the dashboard wait
``catalogue``    all of them, and which are a reason to leave Redshift
``comparing``    an alarm as it is against how it shall be
``step``         the step that makes them
===============  =============================================================================

To change a limit, change the parameter; to change an alarm, change its function: it has the alarm's name.
"""

from .catalogue import LEAVE_REDSHIFT, alarms
from .definition import Alarm, AlarmName
from .step import SetAlarms, definitions

__all__ = ["LEAVE_REDSHIFT", "Alarm", "AlarmName", "SetAlarms", "alarms", "definitions"]
