"""Writes signature_vectors.json: named headers, bodies, secrets and clocks, each with its verdict and why.

    python signature_vectors.py > signature_vectors.json

The signatures are made here, by Python's hmac, and not by the code that they test. `stricter` marks what Stripe's own library for
Python accepts all the same; nothing may be the other way round.
"""

import base64
import hashlib
import hmac
import json

NOW = 1767225600
KEY = "whsec_dGhpcyBpcyBhIHNlY3JldA"
BODY = '{"id":"evt_1","object":"event","type":"invoice.paid"}'
VECTORS = []


def digest(message, key, algorithm=hashlib.sha256):
    return hmac.new(key.encode(), message.encode(), algorithm).hexdigest()


def signature(body=BODY, key=KEY, at=NOW):
    return digest(f"{at}.{body}", key)


def vector(name, expected, why, header=None, body=BODY, secrets=(KEY,), now=NOW, tolerance=300, stricter=False):
    if header is None:
        header = f"t={NOW},v1={signature(body, secrets[0])}"
    entry = {"name": name, "header": header, "body": body, "secrets": list(secrets), "now": now,
             "tolerance": tolerance, "expected": expected, "why": why}
    VECTORS.append({**entry, "stricter": True} if stricter else entry)


def bodies():
    for name, body in {
        "an event": BODY, "nothing": "", "an empty object": "{}", "null": "null", "a number": "1767225600",
        "a list": "[1,2,3]", "one space": " ", "a line feed at the end": BODY + "\n", "a carriage return": BODY + "\r\n",
        "indented JSON": '{\n  "id": "evt_test_webhook",\n  "object": "event"\n}', "tabs": "{\t}", "no JSON": "hello",
        "cut JSON": BODY[:20], "a dot in front": "." + BODY, "only dots": "...", "a header in it": f"t={NOW},v1={'0' * 64}",
        "commas and equals signs": "a=b,c=d,,==", "an umlaut": '{"name":"Jürgen"}', "kanji": '{"name":"森 はるか"}',
        "right-to-left text": '{"name":"عمر هادي"}', "an emoji": "\U0001F600", "emoji as escapes": '"\\ud83d\\ude00"',
        "half of a pair as an escape": '"\\ud83d"', "a composed letter": "é", "a letter with a combining mark": "e\u0301",
        "a zero-width space": "a\u200bb", "a byte order mark": "\ufeff{}", "a NUL character": "a\0b",
        "control characters": "\x01\x02\x1f\x7f", "HTML": "<script>alert('1')</script>", "percent signs": "%s %d %%",
        "quotes and backslashes": "\"'\\\\", "a line separator": "a\u2028b", "63 bytes": "x" * 63, "64 bytes": "x" * 64,
        "2 KiB": "0123456789abcdef" * 128,
    }.items():
        vector(f"body: {name}", "accepted", "the body is signed byte for byte, whatever it is", body=body)
        changed = body[:-1] + ("x" if body[-1:] != "x" else "y") if body else " "
        vector(f"body: {name}, last character changed", "no_match", "another body than was signed",
               header=f"t={NOW},v1={signature(body)}", body=changed)
    vector("body: composed letter signed, combining mark received", "no_match", "equal to the eye, not in bytes",
           header=f"t={NOW},v1={signature('é')}", body="e\u0301")
    vector("body: parsed and written again", "no_match", "white space was signed",
           header=f"t={NOW},v1={signature(json.dumps(json.loads(BODY)))}")
    vector("body: two bodies one after another", "no_match", "the signature is that of one", header=f"t={NOW},v1={signature()}",
           body=BODY + BODY)


def secrets():
    for name, key in {
        "of one character": "k", "without the prefix": "dGhpcyBpcyBhIHNlY3JldA", "with only the prefix": "whsec_",
        "of 64 bytes, a block of the hash": "k" * 64, "of 65 bytes, more than a block": "k" * 65, "of 255 bytes": "k" * 255,
        "beyond ASCII": "whsec_ü森", "with a space inside": "whsec_a b", "with an equals sign": "whsec_a==",
        "with a comma": "whsec_a,b", "of digits": "0123456789", "in capitals": "WHSEC_ABC",
    }.items():
        vector(f"secret: {name}", "accepted", "the whole text is the key", secrets=[key])
        vector(f"secret: {name}, one character more", "no_match", "another key",
               header=f"t={NOW},v1={signature(key=key)}", secrets=[key + "x"])
        vector(f"secret: {name}, line feed kept by mistake", "no_match", "white space belongs to the key",
               header=f"t={NOW},v1={signature(key=key)}", secrets=[key + "\n"])
    raw = base64.b64decode("dGhpcyBpcyBhIHNlY3JldA==").decode()
    vector("secret: decoded from base64 by the sender", "no_match", "the text itself is the key",
           header=f"t={NOW},v1={signature(key=raw)}")
    vector("secret: prefix cut off by the sender", "no_match", "the prefix belongs to the key",
           header=f"t={NOW},v1={signature(key=KEY[6:])}")
    vector("secret: that of test mode for a live event", "no_match", "each mode has its own",
           header=f"t={NOW},v1={signature(key='whsec_test')}", secrets=["whsec_live"])
    vector("secret: none", "no_secret", "nothing can match", header=f"t={NOW},v1={signature()}", secrets=[])
    vector("secret: empty", "no_secret", "anybody can sign with it", secrets=[""])
    vector("secret: only spaces", "no_secret", "a mistake in the configuration that anybody can guess", secrets=["  \t"])
    vector("secret: empty beside a good one, signed with the empty one", "no_match", "the empty one does not count",
           header=f"t={NOW},v1={signature(key='')}", secrets=["", KEY])
    vector("secret: empty beside a good one, signed with the good one", "accepted", "the good one counts",
           header=f"t={NOW},v1={signature()}", secrets=["", KEY])


def rotation():
    old, new, other = "whsec_old", "whsec_new", "whsec_other"
    both = f"t={NOW},v1={signature(key=old)},v1={signature(key=new)}"
    for name, known in {"both": [old, new], "both, the other way round": [new, old], "only the old one": [old],
                        "only the new one": [new], "three": [other, new, old]}.items():
        vector(f"rotation: signed with both, known are {name}", "accepted", "one match is enough", header=both, secrets=known)
    vector("rotation: signed with both, known is another", "no_match", "neither fits", header=both, secrets=[other])
    for name, key in {"old": old, "new": new}.items():
        vector(f"rotation: signed with the {name} one, known are both", "accepted", "both are valid for 24 hours",
               header=f"t={NOW},v1={signature(key=key)}", secrets=[old, new])
    vector("rotation: the old one has ended", "no_match", "it is known no more", header=f"t={NOW},v1={signature(key=old)}",
           secrets=[new])
    for count in (2, 3, 8, 15, 16):
        for place in sorted({0, count // 2, count - 1}):
            signatures = [signature(key=f"whsec_{index}") for index in range(count)]
            signatures[place] = signature()
            vector(f"rotation: {count} signatures, the matching one is number {place + 1}", "accepted",
                   "every signature is looked at", header=",".join([f"t={NOW}"] + [f"v1={text}" for text in signatures]))
    for count in (17, 40):
        vector(f"rotation: {count} signatures", "too_many_signatures", "Stripe sends one for each valid secret",
               header=f"t={NOW}" + f",v1={signature()}" * count, stricter=True)


def clocks():
    for age in (0, 1, 2, 60, 150, 299, 300):
        vector(f"clock: {age} s old", "accepted", "within the tolerance", now=NOW + age)
    for age in (301, 302, 360, 600, 3600, 86400, 31536000, 7000000000):
        vector(f"clock: {age} s old", "too_old", "a replay, or too late", now=NOW + age)
    for ahead in (1, 2, 60, 299, 300):
        vector(f"clock: {ahead} s in the future", "accepted", "clocks differ a little", now=NOW - ahead)
    for ahead in (301, 302, 3600, 86400, NOW):
        vector(f"clock: {ahead} s in the future", "from_the_future", "would be good for a replay until then", now=NOW - ahead,
               stricter=True)
    for tolerance in (1, 10, 60, 600, 86400):
        vector(f"clock: at the edge of a tolerance of {tolerance} s", "accepted", "the edge is inside", now=NOW + tolerance,
               tolerance=tolerance)
        vector(f"clock: beyond a tolerance of {tolerance} s", "too_old", "one second too late", now=NOW + tolerance + 1,
               tolerance=tolerance)
    vector("clock: no tolerance, same second", "accepted", "not a second old", tolerance=0)
    vector("clock: no tolerance, one second old", "too_old", "0 tolerates nothing; to Stripe's library it means no check",
           now=NOW + 1, tolerance=0, stricter=True)
    for name, at in {"1970": 0, "one second after 1970": 1, "the last one of 31 bits": 2**31 - 1, "beyond 31 bits": 2**31,
                     "beyond 32 bits": 2**32, "the last one of 63 bits": 2**63 - 1}.items():
        vector(f"clock: signed at {name}", "accepted", "no time is special", header=f"t={at},v1={signature(at=at)}", now=at)
    vector("clock: milliseconds", "from_the_future", "seconds are counted", stricter=True,
           header=f"t={NOW * 1000},v1={signature(at=NOW * 1000)}")
    vector("clock: old, and a wrong signature", "no_match", "what was not signed has no age", header=f"t=1,v1={'0' * 64}")
    vector("clock: time moved to now after signing", "no_match", "the time is signed too",
           header=f"t={NOW},v1={signature(at=NOW - 1000)}")
    vector("clock: leading zeros", "accepted", "the number is signed, not its digits", header=f"t=00{NOW},v1={signature()}")


def headers():
    good = signature()
    for name, header in {
        "signature first": f"v1={good},t={NOW}", "v0 in front": f"v0={'0' * 64},t={NOW},v1={good}",
        "v0 behind": f"t={NOW},v1={good},v0={'0' * 64}", "a scheme of the future": f"t={NOW},v2={'1' * 64},v1={good}",
        "same signature twice": f"t={NOW},v1={good},v1={good}", "garbage signature beside it": f"t={NOW},v1=potato,v1={good}",
        "empty signature beside it": f"t={NOW},v1=,v1={good}", "comma at the end": f"t={NOW},v1={good},",
        "comma in front": f",t={NOW},v1={good}", "commas in between": f"t={NOW},,,v1={good}",
        "a word without a value": f"t={NOW},hello,v1={good}", "only equals signs": f"t={NOW},===,v1={good}",
        "more behind the signature": f"t={NOW},v1={good}=more", "more behind the time": f"t={NOW}=more,v1={good}",
        "second time, later": f"t={NOW},t={NOW + 100},v1={good}", "second time that is none": f"t={NOW},t=never,v1={good}",
        "unknown names": f"a=1,b=2,t={NOW},c=3,v1={good}", "text beyond ASCII beside it": f"ü=森,t={NOW},v1={good}",
        "a name in capitals beside it": f"T=1,V1={'0' * 64},t={NOW},v1={good}",
        "exactly 4,096 bytes": f"t={NOW},v1={good},".ljust(4096, "x"),
    }.items():
        vector(f"header: {name}", "accepted", "what does not count is left out", header=header)
    for name, header in {
        "empty": "", "a space": " ", "a comma": ",", "a word": "hello", "no time": f"v1={good}", "time without a value": f"t,v1={good}",
        "empty time": f"t=,v1={good}", "time in words": f"t=now,v1={good}", "time in capitals": f"T={NOW},v1={good}",
        "time as a fraction": f"t={NOW}.0,v1={good}", "time with an exponent": f"t=1e9,v1={good}",
        "time in hexadecimal": f"t=0x6955b900,v1={good}", "space in front of the name": f" t={NOW},v1={good}",
        "time of 20 digits": f"t={'9' * 20},v1={good}", "date for a time": f"t=2026-01-01,v1={good}",
        "semicolons for commas": f"t={NOW};v1={good}", "a bearer token": f"Bearer {good}", "the signature alone": good,
        "JSON": json.dumps({"t": NOW, "v1": good}), "colons for equals signs": f"t:{NOW},v1:{good}",
        "first time empty": f"t=,t={NOW},v1={good}", "first time without a value": f"t,t={NOW},v1={good}",
    }.items():
        vector(f"header: {name}", "no_timestamp", "no time in seconds", header=header)
    for name, text in {"plus sign": f"+{NOW}", "space": f" {NOW}", "underscore": "1_767_225_600",
                       "Arabic digits": "١٧٦٧٢٢٥٦٠٠"}.items():
        vector(f"header: time with {name}", "no_timestamp", "Stripe writes digits; Python reads more than that",
               header=f"t={text},v1={good}", stricter=True)
    vector("header: time below zero", "no_timestamp", "Stripe writes digits", header=f"t=-1,v1={signature(at=-1)}", now=-1,
           stricter=True)
    for name, header in {
        "only a time": f"t={NOW}", "only v0": f"t={NOW},v0={good}", "only a scheme of the future": f"t={NOW},v2={good}",
        "scheme in capitals": f"t={NOW},V1={good}", "space in front of the scheme": f"t={NOW}, v1={good}",
        "space behind the scheme": f"t={NOW},v1 ={good}", "scheme without a value": f"t={NOW},v1",
        "scheme without a value beside a good one": f"t={NOW},v1,v1={good}", "scheme in full width": f"t={NOW},ｖ１={good}",
        "a colon for the equals sign": f"t={NOW},v1:{good}", "v01": f"t={NOW},v01={good}", "v11": f"t={NOW},v11={good}",
    }.items():
        vector(f"header: {name}", "no_signature", "no signature of scheme v1", header=header)
    vector("header: 4,097 bytes", "header_too_long", "Stripe's have less than 300",
           header=f"t={NOW},v1={good},".ljust(4097, "x"), stricter=True)


def signatures():
    good = signature()
    flip = lambda index: good[:index] + ("0" if good[index] != "0" else "1") + good[index + 1:]
    for index in (0, 1, 15, 31, 32, 47, 62, 63):
        vector(f"signature: digit {index + 1} changed", "no_match", "every digit counts", header=f"t={NOW},v1={flip(index)}")
    for name, text in {
        "in capitals": good.upper(), "cut by one digit": good[:-1], "cut by one byte": good[:-2], "half": good[:32],
        "one digit more": good + "0", "one byte more": good + "00", "twice": good + good, "backwards": good[::-1],
        "with 0x": "0x" + good, "space in front": " " + good, "space behind": good + " ", "line feed behind": good + "\n",
        "in quotes": f'"{good}"', "empty": "", "zeros": "0" * 64, "ones": "f" * 64, "no hexadecimal": "g" * 64, "a word": "potato",
        "in base64": base64.b64encode(bytes.fromhex(good)).decode().rstrip("="),
        "beyond ASCII": good[:-1] + "é", "a digit in full width": good[:-1] + "０",
        "of SHA-1": digest(f"{NOW}.{BODY}", KEY, hashlib.sha1), "of SHA-512": digest(f"{NOW}.{BODY}", KEY, hashlib.sha512),
        "a plain hash": hashlib.sha256(f"{NOW}.{BODY}".encode()).hexdigest(),
        "a hash of key and body": hashlib.sha256(f"{KEY}{NOW}.{BODY}".encode()).hexdigest(),
        "of the body alone": digest(BODY, KEY), "without the dot": digest(f"{NOW}{BODY}", KEY),
        "dot moved into the body": digest(f"{NOW}..{BODY}", KEY), "time behind the body": digest(f"{BODY}.{NOW}", KEY),
        "of the time alone": digest(f"{NOW}.", KEY), "key and body swapped": digest(KEY, f"{NOW}.{BODY}"),
        "a signature of a signature": digest(good, KEY),
    }.items():
        vector(f"signature: {name}", "no_match", "not what Stripe makes of this body", header=f"t={NOW},v1={text}")
    vector("signature: right one under v0, wrong one under v1", "no_match", "v0 says nothing",
           header=f"t={NOW},v0={good},v1={'0' * 64}")


for group in (bodies, secrets, rotation, clocks, headers, signatures):
    group()
assert len({entry["name"] for entry in VECTORS}) == len(VECTORS), "a name stands twice"
print("[\n" + ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in VECTORS) + "\n]")
