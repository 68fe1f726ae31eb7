"""The one table of keys: bindings, footer, help and palette are made from it, and users remap it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from patchflow.values import dataclass

EVERYWHERE, LISTS, BOARD, SERIES = "everywhere", "lists", "board", "series"
TABS = ("patches", "cover", "checks", "recipients", "conversation", "todo", "revisions", "send", "try", "work")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does: `action_<id>` of the screen, tab or app that is its place.

    `title` stands in the footer ("" keeps it out), `help` in the help. `first`: whatever has the focus.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    places: tuple[str, ...]
    first: bool = False

    @property
    def call(self) -> str:
        """What Textual calls: a method's name, with its argument where one serves every tab."""
        go, _, tab = self.id.partition("-")
        return f"go({tab!r})" if go == "go" else self.id.replace("-", "_")


def _a(id: str, keys: str, title: str, help: str, *places: str) -> Action:
    return Action(id, tuple(keys.split()), title, help, places)


ACTIONS: tuple[Action, ...] = (
    # What a list or text understands
    _a("down", "j down", "", "one line down", LISTS),
    _a("up", "k up", "", "one line up", LISTS),
    _a("page-down", "space pagedown ctrl+f", "", "one page down", LISTS),
    _a("page-up", "b pageup ctrl+b", "", "one page up", LISTS),
    _a("half-down", "ctrl+d", "", "half a page down", LISTS),
    _a("half-up", "ctrl+u", "", "half a page up", LISTS),
    _a("top", "g home", "", "to the first line", LISTS),
    _a("bottom", "G end", "", "to the last line", LISTS),
    _a("next-change", "}", "", "to the next headline (file, hunk, message)", LISTS),
    _a("previous-change", "{", "", "to the headline before", LISTS),
    _a("search", "/", "", "search in this list or text", LISTS),
    _a("search-next", "n", "", "next place found", LISTS),
    _a("search-previous", "N", "", "place found before", LISTS),
    _a("select", "v", "", "begin a selection of lines here, or end it", LISTS),
    _a("copy", "y", "", "copy this line, or those selected, to the clipboard (OSC 52)", LISTS),
    _a("copy-all", "Y", "", "copy the whole list or text to the clipboard", LISTS),
    # Everywhere
    _a("help", "? f1", "help", "every key that works here", EVERYWHERE),
    _a("prompt", ":", "command", "run a command of patchflow", EVERYWHERE),
    _a("undo", "u", "undo", "take back the last change of branch, commits or state", EVERYWHERE),
    _a("redo", "Z", "", "redo what undo took back", EVERYWHERE),
    _a("steps", "H", "", "what undo takes back, newest first", EVERYWHERE),
    _a("log", "L", "", "what was said and which commands ran, to read and to copy", EVERYWHERE),
    _a("window", "w", "", "is the tree open: timeline, evidence, forecast", EVERYWHERE),
    _a("drafts", "D", "", "drafts of replies", EVERYWHERE),
    _a("fetch", "M", "", "take mail in from an mbox file or a Maildir", EVERYWHERE),
    _a("refresh", "F", "", "refresh every source of mail: the named ones, else the list's archive", EVERYWHERE),
    _a("shell", "!", "", "run a shell command on the terminal; Enter comes back", EVERYWHERE),
    _a("suspend", "ctrl+z", "", "back to the shell; `fg` there comes back", EVERYWHERE),
    _a("theme", "$", "", "the next theme", EVERYWHERE),
    _a("reload", "ctrl+r f5", "", "read everything again", EVERYWHERE),
    _a("stop", "escape", "", "stop what runs, or close this view", EVERYWHERE),
    _a("close", "q", "close", "close this view; on the board: leave", EVERYWHERE),
    Action("palette", ("ctrl+p",), "", "the command palette: every action, and the themes", (EVERYWHERE,), first=True),
    Action("quit", ("ctrl+q",), "", "leave, from anywhere", (EVERYWHERE,), first=True),
    # The board
    _a("open", "enter l right", "open", "open the series", BOARD),
    _a("create", "c", "new series", "start a series: a branch, its settings, a cover letter", BOARD),
    _a("adopt", "a", "adopt", "take over a branch as it is, b4's included", BOARD),
    _a("news", "*", "what is new", "what happened since you looked last, as `watch` tells it", BOARD),
    _a("filter", "\\", "filter", "show only series with these words (-word: without it)", BOARD),
    _a("switch", ",", "", "go to the series' branch in the work tree", BOARD),
    _a("link", "o", "", "open it in the list's archive, or copy the link where there is no browser", BOARD, SERIES,
       "review", "mail"),
    _a("reviews", "V", "reviews", "other people's series that are reviewed here", BOARD),
    _a("sync", "&", "sync", "to and from your other machines: push to a private remote, or pull from it", BOARD),
    # A series
    *(_a(f"go-{tab}", str(number % 10), "", f"to the tab {tab}", SERIES) for number, tab in enumerate(TABS, start=1)),
    _a("next-tab", "]", "", "the next tab", SERIES),
    _a("previous-tab", "[", "", "the tab before", SERIES),
    _a("other-pane", "tab", "other pane", "go between the list and what it shows", SERIES, "review", "mail"),
    _a("into", "enter l right", "", "go into what is chosen", SERIES, "review", "mail"),
    _a("back", "h left", "", "back to the list", SERIES, "review", "mail"),
    _a("try-build", "B", "build", "build what the patches touch, patch by patch; only new warnings count", "try"),
    _a("try-boot", "O", "boot", "boot the modules in a guest, and watch its kernel", "try"),
    _a("try-test", "T", "test", "run the tree's tests that belong to it (kselftest, KUnit, vsock's), or the one under "
       "the cursor, on the base and on the series", "try"),
    _a("try-trace", "Q", "trace", "boot them with QEMU's tracing on, and follow each interrupt", "try"),
    _a("try-against", "a", "against", "name headers or a prepared tree to build against", "try"),
    _a("wider", ">", "", "the list wider", SERIES, "review", "mail"),
    _a("narrower", "<", "", "the list narrower", SERIES, "review", "mail"),
    _a("full", "=", "", "this part alone over the whole screen, and back", SERIES, "review", "mail"),
    _a("more-context", "+", "", "more lines around each change", "patches", "work", "review"),
    _a("less-context", "-", "", "fewer lines around each change", "patches", "work", "review"),
    _a("sides", "|", "", "what was beside what is, from 160 columns on; and back", "patches", "work", "review"),
    _a("run-checks", "C", "check", "run every check now", "patches", "checks"),
    _a("edit-file", "E", "edit file", "open in the editor what this line is about", "patches", "checks", "todo", "try",
       "work"),
    _a("stage", "s", "stage", "stage this file, hunk or line, or those selected; where it is staged, take it out",
       "work"),
    _a("discard-changes", "d", "discard…", "throw away what is not staged of this file, hunk or line; it can be undone",
       "work"),
    _a("commit", "c", "commit", "commit what is staged, the message beside it", "work"),
    _a("amend-into", "A", "amend into", "put what is staged (else all that is uncommitted) into a patch", "work"),
    _a("amend", "A", "amend", "put the uncommitted changes into this patch", "patches", "todo"),
    _a("reword", "e", "reword", "edit the patch's message in the editor", "patches"),
    _a("move-down", "J", "", "move the patch one place down, in an order that is not in the branch yet", "patches"),
    _a("move-up", "K", "", "move the patch one place up", "patches"),
    _a("write-order", "W", "write order", "write the new order to the branch; a page asks first", "patches"),
    _a("fixup", "f", "fixup", "squash it into the one before (or the one its `fixup!` names); that one's message stays",
       "patches"),
    _a("squash", "I", "squash", "the same with a message made of both", "patches"),
    _a("split", "X", "split", "cut the patch in two, by files, hunks and lines", "patches"),
    _a("rebase", "_", "rebase", "put the series on a new base", "patches"),
    _a("drop", "d", "drop", "drop the patch from the series", "patches"),
    _a("edit-cover", "e", "edit", "edit the cover letter in the editor", "cover"),
    _a("prefixes", '"', "words", "the words of the bracket besides PATCH, instead of the profile's", "cover"),
    _a("presubject", "'", "bracket", "a list's own bracket, before that of the patch", "cover"),
    _a("needs", "a", "needs", "what the series needs first: a series of this clone, a Message-ID, a commit", "cover"),
    _a("restack", "_", "restack", "rebase the branch onto the new version of the series below it", "cover"),
    _a("fix", "f", "fix", "apply the safe fix of this finding", "checks"),
    _a("add-recipient", "a", "to Cc", "add somebody to Cc of every patch of the series", "recipients"),
    _a("add-to", ".", "to To", "add somebody to To of every patch, or put them there", "recipients"),
    _a("drop-recipient", "d", "drop/take back", "leave this recipient out, or take them back", "recipients"),
    _a("fold", "z", "fold quotes", "show or fold quoted text", "conversation"),
    _a("fold-thread", "-", "", "fold the answers to this message", "conversation"),
    _a("unfold-thread", "+", "", "show them again", "conversation"),
    _a("filter-mail", "\\", "filter", "show only messages in whose line these words stand: an author, a tag",
       "conversation"),
    _a("reply", "r", "reply", "answer this message or comment", "conversation", "todo"),
    _a("next-unread", "U", "", "to the next unread message", "conversation"),
    _a("trailers", "t", "trailers", "Reviewed-by and the like into the commits", "conversation", "revisions"),
    _a("addressed", "x", "addressed", "mark it addressed, with what was done; or open again", "todo"),
    _a("dismiss", "d", "dismiss", "dismiss it, with a reason", "todo"),
    _a("show-closed", "z", "all", "show answered, addressed and dismissed comments too", "todo"),
    _a("mark-left", "x", "mark", "compare from this revision on", "revisions"),
    _a("respin", "R", "respin", "open the next revision", "revisions", "todo"),
    _a("plan", "p", "plan anew", "work out the send again", "send"),
    _a("rfc", '"', "RFC", "send it as RFC, or not", "send"),
    _a("resend", "#", "", "the last revision again, unmodified, or not", "send"),
    _a("policy", "%", "who", "everybody gets everything, each patch by its files, or as the profile says",
       "send"),
    _a("override", "~", "override", "let one rule or gate through, with a reason that is recorded", "send"),
    _a("send", "S", "send…", "send it, or the rest of a send that was cut off: a page asks first", "send"),
    _a("reflect", "m", "to me…", "send it to yourself only", "send"),
    _a("preview", ";", "to others…", "a preview to colleagues, and to nobody else; their answers become tasks", "send"),
    _a("save", "W", "to a folder", "write the mails to a folder, as they would leave", "send"),
    _a("reasons", "z", "reasons", "each mail's people with why they get it, or their names alone", "send", "confirm"),
    _a("answers", "r", "answers", "the mail that it answers: a bug report, a request", "send"),
    _a("pull-request", "P", "pull…", "a pull request in place of patches, on the terminal", "send"),
    _a("again", "(", "once more…", "a message of unknown fate once more, with the same Message-ID",
       "send", "reply", "review"),
    _a("arrived", ")", "arrived…", "a message of unknown fate did arrive: take it as sent", "send", "reply", "review"),
    # A message being written, a patch that is split, files that do not merge
    _a("edit-message", "e", "editor", "write it in the editor", "message"),
    _a("take-message", "y", "commit", "commit with this message", "message"),
    _a("split-here", "y", "go on", "write the message of the first patch", "split"),
    _a("resolve-here", "e enter", "in editor", "resolve the file in the editor", "resolve"),
    _a("resolve-tool", "3", "merge tool", "resolve the file in git's merge tool", "resolve"),
    _a("take-there", "1", "what is there", "take the file as it is there, without the patch", "resolve"),
    _a("take-patch", "2", "the patch's", "take the file as the patch has it", "resolve"),
    _a("reopen-file", "x", "open again", "forget how this file was resolved", "resolve"),
    _a("carry-on", "y", "go on", "go on with all of them resolved", "resolve"),
    # A reply being written
    _a("write-here", "i", "write", "write it here; Esc ends writing", "reply", "message"),
    _a("edit-reply", "e", "editor", "write it in the editor", "reply"),
    _a("send-reply", "S", "send…", "send it: a page asks first", "reply"),
    _a("discard", "d", "discard…", "throw the draft away", "reply"),
    _a("other-pane", "tab", "other pane", "go between what is written and what it is about", "reply", "message",
       "resolve"),
    _a("open-draft", "enter", "open", "go on with this draft", "draft-list"),
    _a("end-writing", "escape", "end writing", "end writing; what was written is kept", "writing"),
    _a("own-reading", "z", "all", "git's settings being read, too", "log"),
    _a("open-news", "enter l right", "open", "open the series", "news-list"),
    # The mail taken in
    _a("mail", "@", "mail", "what waits for you, and every thread of the mail taken in", BOARD),
    _a("open-mail", "enter l right", "open", "open the whole thread; it counts as read then", "mail-list"),
    _a("find-mail", "\\", "find", "show only mails that hold these words, as `search` takes them", "mail-list"),
    _a("mark-read", "x", "read/unread", "the whole thread was read, or was not", "mail-list", "mail"),
    _a("review-mail", "a", "review", "take the series of this mail in as a review", "mail-list", "mail"),
    # Somebody else's series
    _a("open-review", "enter l right", "open", "open this review", "review-list"),
    _a("take-in", "a", "take in", "take a series in: a mail file, a Message-ID or a URL", "review-list"),
    _a("take-series", "enter l right", "take in", "take this series in", "several"),
    _a("remove-review", "d", "remove…", "remove a review and its work tree", "review-list"),
    _a("comment", "c", "comment", "write a remark on this line, or from the line selected to this one", "review"),
    _a("comment-long", "e", "in editor", "write or change a remark in the editor", "review"),
    _a("take-finding", "x", "take", "take this finding as a remark", "review"),
    _a("unsay", "d", "drop", "drop this remark or tag", "review"),
    _a("tag", "t", "tag", "Reviewed-by, Acked-by or Tested-by for this patch, on the cover letter for all", "review"),
    _a("repeat-tags", "#", "", "the tags you gave an earlier revision again, where a patch is unchanged", "review"),
    _a("apply-review", "W", "apply", "apply the series in a work tree of its own", "review"),
    _a("check-review", "C", "check", "run every check over what is applied", "review"),
    _a("send-review", "S", "send…", "show the finished mails whole, and send them: a page asks first", "review"),
    # A page that asks, and a line that is asked for
    _a("tick", "x space", "tick", "tick this line, or take its tick away", "tick"),
    _a("cancel", "enter escape q n", "cancel", "nothing happens", "confirm"),
    _a("confirm", "y", "", "do what the page shows", "confirm"),
    _a("confirm-send", "s", "", "send what the page shows", "confirm"),
    _a("take-line", "enter", "", "take what was typed", "line"),
    _a("complete", "tab", "", "the next of what fits what was typed", "line"),
    _a("earlier-line", "up", "", "the line that was given before", "line"),
    _a("later-line", "down", "", "the line that was given after", "line"),
    _a("leave-line", "escape", "", "leave everything as it is", "line"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keymap:
    """The actions with the user's own keys. `unknown` are words of the configuration that name no action."""

    actions: tuple[Action, ...] = ACTIONS
    unknown: tuple[str, ...] = ()

    def conflicts(self) -> list[str]:
        """A sentence for each key of the user's own that does something else as well where one is: of two the more
        particular place wins, and in one place the first of the table."""
        wide = {EVERYWHERE, LISTS, SERIES}
        told: list[str] = []
        for new, usual in zip(self.actions, ACTIONS, strict=True):
            for name in new.keys if new != usual else ():
                for other in self.actions:
                    near = set(new.places) & set(other.places) or wide & {*new.places, *other.places}
                    if other.id != new.id and name in other.keys and near:
                        told.append(f"{key_name(name)} is the key of {new.id} and of {other.id} ({other.help})")
        return told

    @classmethod
    def with_keys(cls, mine: Mapping[str, str]) -> Keymap:
        """The table with these keys (blank-separated, "" for none) in place of the usual ones."""
        ids = {action.id for action in ACTIONS}
        rows = tuple(replace(a, keys=tuple(mine[a.id].split())) if a.id in mine else a for a in ACTIONS)
        return cls(rows, tuple(sorted(set(mine) - ids)))

    def of(self, id: str) -> Action:
        """The action of that name."""
        return next(one for one in self.actions if one.id == id)

    def help(self, places: Sequence[str]) -> list[tuple[str, list[Action]]]:
        """(place, its actions) for the help, empty places left out."""
        rows = [(place, [a for a in self.actions if place in a.places]) for place in places]
        return [row for row in rows if row[1]]


_NAMES = {"escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "up": "↑", "down": "↓", "left": "←",
          "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End"}  # fmt: skip


_RAW = {name: key for key, name in _NAMES.items()}


def raw_key(name: str) -> str:
    """A key as the terminal names it, by its name for people."""
    return f"ctrl+{name[1:]}" if len(name) > 1 and name[0] == "^" else _RAW.get(name, name)


def key_name(key: str) -> str:
    """A key as people call it."""
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    return _NAMES.get(key, key)


class Now:
    """The keys that are in force: what sentences name."""

    keymap = Keymap()


def key(action: str) -> str:
    """The key that does an action now, as people call it; where it has none, the command palette's."""
    keys = Now.keymap.of(action).keys or Now.keymap.of("palette").keys
    return key_name(keys[0]) if keys else "the command palette"


def keys(action: str) -> str:
    """Every key that does an action now, as in `Enter, Esc or q`."""
    *names, last = map(key_name, Now.keymap.of(action).keys or (key(action),))
    return f"{', '.join(names)} or {last}" if names else last
