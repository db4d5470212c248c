"""Monthly payments of a loan; who calls must have a key of the service."""

import json

from azureml.contrib.services.aml_response import AMLResponse


def init():
    """Nothing to load."""


def run(body):
    """The payment of each month for `{"amount": …, "months": …, "yearly_percent": …}`."""
    try:
        loan = json.loads(body)
        amount, months, rate = float(loan["amount"]), int(loan["months"]), float(loan["yearly_percent"]) / 1200
        if months < 1:
            raise ValueError("no month to pay in")
    except (ValueError, KeyError, TypeError):
        return AMLResponse({"message": "Send amount, months (1 or more) and yearly_percent."}, 400, json_str=True)
    payment = amount / months if rate == 0 else amount * rate / (1 - (1 + rate) ** -months)
    return {"payment": round(payment, 2)}
