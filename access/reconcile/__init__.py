"""What has to be done so that a site agrees with what members hold: a pure, total function. No Django, no clock."""

from access.reconcile.planning import plan
from access.reconcile.steps import Finding, Plan, Step, Stop

__all__ = ["Finding", "Plan", "Step", "Stop", "plan"]
