"""What a person writes when an editor opens: a commit message, a cover letter, a changelog, an answer."""

from __future__ import annotations

import sys
import time
from pathlib import Path

path = Path(sys.argv[-1])
text = path.read_text()
if path.name == "COMMIT_EDITMSG":
    if not text.strip().split("\n")[0] or text.startswith(("#", "\n", "vsock: \n")):
        signed = [line for line in text.split("\n") if line.startswith("Signed-off-by:")]
        text = f"vsock: add number {time.time_ns()}\n\nSay why it is needed, in a body.\n\n" + "\n".join(signed)
elif path.suffix == ".draft" or "\n> " in text:
    text += "\nYou are right, it will have another name.\n"
else:
    text = text.replace("EDITME: what the series does, in a few words", "vsock: add numbers")
    text = "\n".join(line.replace("EDITME: ", "") for line in text.split("\n"))
path.write_text(text)
