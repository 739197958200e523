from . import aftersales_demo
from . import aftersales_demo_case
from . import aftersales_demo_remedy
from . import aftersales_demo_verdict
