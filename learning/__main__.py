"""`python -m learning`: learns the weights and writes them into the package; needs scikit-learn."""

import msgspec

from careline.safety.lexicon import load_lexicons
from careline.safety.likeness import FILE
from careline.safety.rules import load_rules
from careline.safety.triage import Triage
from learning.corpus import read
from learning.learn import learn

messages = list(read())
learnt = learn(messages, Triage(load_lexicons(), load_rules()))
FILE.write_bytes(msgspec.msgpack.encode(learnt))
words, findings = len(learnt.words), len(learnt.engine)
print(f"{len(messages)} messages, {words} words, {findings} findings, {FILE.stat().st_size} bytes")
