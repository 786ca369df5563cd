"""Publishes messages: publish.py BROKER-SOCKET TOPIC PAYLOAD..."""

import sys

import ppmq

broker, topic, *payloads = sys.argv[1:]
with ppmq.Publisher(broker) as publisher:
    publisher.publish_all(topic, payloads)  # returns when all are stored
