"""The orders the complaints are about: delivered and invoiced before the story begins."""

from dataclasses import dataclass

from .house import MODULE


@dataclass
class Order:
    """An order of the platform for one masked reader, or of our own shop: print runs and copies."""

    ref: str
    reader: str
    city: str
    copies: dict
    discount: float = 0.0
    paid: bool = True
    own_shop: bool = False  # sold by the house itself, to the reader


ORDERS = [
    Order("TS-4101-3320", "秦** 139****4410", "长沙", {"red_chamber_2": 1}),
    Order("TS-4102-0871", "许** 136****7725", "南昌", {"maths_2": 3}),
    Order("TS-4103-5546", "Daniel K. 185****3062", "上海", {"characters_1": 1}),
    Order("TS-4104-2290", "冯** 151****8846", "青岛", {"tang_poems_8": 3}, discount=13.0),
    Order("TS-4105-7713", "沈** 138****1179", "杭州", {"gardens_1": 2}),
    Order("TS-4106-1048", "曹** 187****5538", "郑州", {"cooking_3": 1}),
    Order("TS-4107-6605", "Priya S. 132****9917", "深圳", {"stars_2b": 1}),
    Order("TS-4108-3917", "魏** 158****2270", "济南", {"journey_5": 1}),
    Order("TS-4109-8824", "Olivia M. 199****6403", "北京", {"pride_2": 2}),
    Order("TS-4110-0459", "蒋** 134****7086", "苏州", {"stars_2a": 2}),
    Order("TS-4111-9031", "Thomas W. 131****0852", "广州", {"canal_1": 2}),
    Order("TS-4112-2764", "郑** 150****4419", "福州", {"red_chamber_1": 1, "pride_1": 1}),
    Order("TS-4113-5180", "程** 189****6671", "兰州", {"physics_1": 1}),
    Order("TS-4114-7402", "董** 155****9203", "天津", {"gardens_2": 1}),
    Order("TS-4115-6638", "袁** 137****5514", "南宁", {"cooking_3": 1}),
    Order("TS-4116-1190", "邓** 182****0067", "贵阳", {"journey_4": 2, "journey_5": 1}, paid=False),
    Order("TS-4117-4052", "蒋** 138****2916", "无锡", {"cooking_3": 1}),
    Order("TS-4118-9377", "Laura B. 176****5028", "成都", {"canal_1": 1}),
    Order("TS-4119-2614", "许** 159****8843", "扬州", {"gardens_1": 1}),
    Order("QH-4120-7750", "方敏 Fang Min", "长春", {"physics_1": 1}, own_shop=True),
    Order("TS-4121-0186", "孟** 187****6295", "海口", {"pride_1": 1}),
]
DELIVERED_DAYS_AGO = 9


def ensure(env):
    """Make the orders that are missing, the way the demo makes its own."""
    demo = env["aftersales.demo"]
    shop = env.ref(f"{MODULE}.shop_platform")
    for number, order in enumerate(ORDERS, 1):
        reader = demo._once(
            f"story_reader_{number}",
            lambda order=order: env["res.partner"].create(
                {
                    "name": order.reader,
                    "parent_id": not order.own_shop and shop.id,
                    "type": "contact" if order.own_shop else "delivery",
                    "city": order.city,
                    "country_id": env.ref("base.cn").id,
                }
            ),
        )
        runs = {env.ref(f"{MODULE}.run_{run}").id: copies for run, copies in order.copies.items()}
        demo._sell(
            f"story_order_{number}",
            reader.id if order.own_shop else shop.id,
            runs,
            DELIVERED_DAYS_AGO,
            paid=order.paid,
            discount=order.discount,
            client_order_ref=order.ref,
            partner_shipping_id=reader.id,
        )
