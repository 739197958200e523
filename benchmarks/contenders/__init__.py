"""Who is measured. A contender tells its users' groups and its flows; see ``harness.Contender``."""

from .documents import Documents
from .native import Native
from .ours import Ours
from .peers import Peers

CONTENDERS = {contender.name: contender for contender in (Native, Peers, Ours, Documents)}
