"""Answers for each case on standard input whether Stripe's official library accepts it.

A case is a line of JSON: {"header", "body", "secrets", "now", "tolerance"}; the answer is a line, 1 or 0.
"""

import json
import sys
import time

import stripe


def accepts(case):
    time.time = lambda: case["now"]
    for secret in case["secrets"]:
        try:
            stripe.WebhookSignature.verify_header(case["body"], case["header"], secret, case["tolerance"])
            return True
        # The second: the library compares texts in a way that knows ASCII only. What it stumbles over it has not accepted.
        except (stripe.SignatureVerificationError, TypeError):
            continue
    return False


for line in sys.stdin:
    sys.stdout.write("1\n" if accepts(json.loads(line)) else "0\n")
