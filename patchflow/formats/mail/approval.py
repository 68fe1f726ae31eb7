"""Whether a few words of a review only approve: all of them must be words of approval, agreement or courtesy.

A single word that is none of these makes a remark of them, so that "looks good once the typo is gone", "this can not be
applied" and "nice, another wrapper" are never taken for praise. What is repeated below is read piece by piece, each at
one place only: hostile mail costs linear time.
"""

from __future__ import annotations

from functools import lru_cache

from patchflow import lazy_re
from patchflow.formats.mail.approval_beginnings import BEGINNINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

_LONGEST = 400  # characters: praise is short
# Questions, sad faces, irony and praise in quotation marks.
_DOUBT = lazy_re.compile(
    r"\?|:-?[(/|\\]|(?:^|\s)/s\b|\(!\)|</?sarcasm>|[\"“”][^\"“”]{1,30}[\"“”]|\bthanks for nothing|\bstill "
    r"(?:true|right|valid|correct)\b|^\W*oh,? "
    r"well\W*$|\btoo (?!thanks)[a-z]|^\W*(?:(?:oh|well|ah) )?yeah,? right\W*$|\.{3,}|…|[\[{<>=_|\\`]|\b\d+/\d+"
)
_LOOKING_ASIDE = lazy_re.compile(
    r"^\W*(?:gentle |friendly |kind |soft |another |polite )*(?:ping|bump|poke|reminder)"
    r"(?: (?:again|please|anyone|all|everyone|maintainers|here|(?:on|for|about) (?:this|it|v\d+|the "
    r"(?:patch|series))))*"
    r"[?!. ]*$"
)
_NEWS = lazy_re.compile(
    r"^\W*(?:any|some) (?:news|updates?|feedback|comments?|thoughts|progress|movement)(?: (?:on|about|here|for) "
    r"(?:this|it|here|that|these|the (?:patch|series|patches)))?[?!. ]*$"
)
_ACK_WANTED = lazy_re.compile(
    r"^\W*(?:@?\w+,? )?(?:can|could|may) (?:i|we) (?:please |pls )?(?:get|have) an? (?:ack|review|r-b|"
    r"reviewed-by|acked-by)"
    r"(?: (?:from|for|on) (?:you|this|it|someone|somebody|anyone|\w+))*(?: (?:please|pls))?[?!. ]*(?:anyone "
    r"else[?!. ]*)?$"
)
_SMILEY = lazy_re.compile(r"(?:[:;8]-?[)DPp]|\^\^|\\o/|<3|[\U0001F300-\U0001FAFF✓✔👍])")
_ASKS_FIRST = lazy_re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|would|should|will|have|has|am)\b(?!['’]| no )(?! (?:not "
    r")?(?:queue|apply|take|merge|pick|push))"
)

_VERY = (
    r"(?:(?:really|very|quite|pretty|so|all|much|just|perfectly|totally|completely|absolutely|definitely|"
    r"certainly|clearly|now|"
    r"also|still|both|actually|indeed|particularly|extremely|incredibly|entirely|fairly|generally|rather|"
    r"genuinely|truly|exactly|precisely|a lot|"
    r"super|way|far|even|already|finally|surprisingly|remarkably|exceptionally|a|an|the|such|about|"
    r"generally|mostly right and|to be) )*"
)
_GOOD = (
    r"fair enough|all right|spot on|well done|well spotted|obviously correct|obviously right|very welcome|"
    r"much appreciated|"
    r"good|great|nice|fine|ok|okay|excellent|perfect|awesome|cool|clean|cleaner|clever|neat|solid|lovely|"
    r"amazing|fantastic|"
    r"wonderful|impressive|sane|correct|right|reasonable|sensible|better|simpler|beautiful|brilliant|superb|"
    r"straightforward|"
    r"useful|helpful|elegant|valid|legit|sound|obvious|nicer|tidy|fair|plausible|quick|"
    r"alright|promising|acceptable|convincing|welcome|appreciated|satisfactory"
)
_WORK = (
    r"work|job|catch|find|findings?|cleanups?|clean-?up|clean up|fix(?:es)?|improvements?|simplifications?|"
    r"patch(?:es)?|"
    r"series|patch ?set|set|idea|stuff|point|explanation|description|changelog|change log|commit message|"
    r"commit log|message|"
    r"write-?up|debugging|analysis|investigation|optimi[sz]ations?|refactor(?:ing)?|tests?|documentation|"
    r"docs|addition|ones?|"
    r"spot|spotting|changes?|solution|approach|call|feature|summary|detective work|numbers|results|"
    r"speed-?up|effort|helper|"
    r"cover letter|thinking|reasoning|progress|direction|rework|conversion|code|implementation|design|"
    r"comment|comments|"
    r"reduction|diffstat|win|savings?|start|step forward|trick|hint|suggestion|news|shape|version"
)
_DETERMINED = (
    r"(?:(?:the|this|that|these|those|both|all|your|my|such|an?|of) )+"
    r"(?:whole |entire |new |latest |last |first |second |current |rest of the |updated |revised |kernel |"
    r"driver |core )*"
    rf"(?:{_WORK}|v\d+|thing|things|everything|rest|part|parts|series|logic|text|wording|version|patch \d+|"
    rf"side|bits?|naming|hunk|chunk|line|check|function|section|paragraph)"
)
# What may follow "thanks for", "good catch on", "I like": a few words, none of which turns the sentence round.
_TURNS = (
    r"but|except|however|although|though|otherwise|once|if|unless|until|when|after|please|should|could|"
    r"would|must|need|"
    r"needs|maybe|why|not|no|never|cannot|\w+n['’]t|without|instead|only|just|wrong|still|missing|wonder|"
    r"prefer|rather|and|"
    r"wish|hope|hoping|than|before|better|more|old|older|previous|earlier|original|other|first|ignores?|"
    r"provided|assuming|modulo|minus|apart|aside|yet|while|try|did|does|was|will|might|may"
)
# No dot at a word's end: the next sentence may ask for something.
_TAIL = rf"(?:\s+(?!(?:{_TURNS})\b)[\w'’/()+-]+(?:\.[\w'’/()+-]+)*){{1,8}}"
_QUIET = (
    r"(?:comments?|objections?|complaints?|concerns?|issues?|problems?|nits?|remarks?|questions?|regressions?|"
    r"doubts?|worries)"
)

# What approves by itself.
_CORE = (
    rf"(?:{_GOOD})",
    rf"(?:looks?|looking|seems?|sounds?|reads?|feels?|is looking) {_VERY}(?:{_GOOD})(?:,? (?:{_WORK}))?",
    rf"(?:what|such) an? (?:{_GOOD}) (?:{_WORK})",
    (
        rf"(?:{_GOOD}),? (?:and \w+ )?(?:{_WORK})(?: (?:on|about|in|with|for|here|there|by|from|as always|"
        rf"overall)\b(?:{_TAIL})?)?"
    ),
    (
        r"lgtm|ltgm|sgtm|wfm|ack|acked|nack withdrawn|ship it|\+1|yay|bravo|kudos|congrats|congratulations|"
        r"hooray|chapeau|hats off"
    ),
    (
        r"(?:fully |totally |completely |strongly )?agreed?|i (?:fully |totally |completely )?(?:agree|"
        r"concur)(?: with (?:(?:the|this) (?:change|approach|idea|reasoning|patch|comment)|this|that|"
        r"you|it))?|(?:this|it) is (?:close to|nearly|almost) (?:done|there|ready)"
    ),
    (
        r"(?:that |this |it |which |and )*(?:makes?|making) (?:a lot of |perfect |total |complete |good |much "
        r")?(?:sense)(?: to (?:me|us))?"
    ),
    (
        r"(?:that |this |it )*(?:explains|clarifies|answers) (?:it|that|everything|my question|my questions|"
        r"things|a lot)"
    ),
    (
        r"(?:that |this |it |all |both |everything |still |my |the \w+ )*(?:works?|builds?|compiles?|boots?|runs?|"
        r"passes|tests?)(?:,? (?:and )?(?:works|builds|boots|runs|passes))*(?: (?:just |perfectly |very |really "
        r")*(?:fine|great|well|good|ok|okay|nicely|perfectly|flawlessly|as expected|as advertised|cleanly|like "
        r"a charm|(?:all )?(?:my |the |our )?(?:\w+ )?(?:tests?|ci)))+(?: (?:on|with|in|under)TAIL_)?|"
        r"(?:(?:that|this|it|which|everything) )?(?:still )?works"
    ),
    r"(?:that |this |it )*(?:works?|fine|good|ok|okay|great) (?:for|by|with|to) (?:me|us)",
    (
        r"(?:i(?:'ve| have)? |we(?:'ve| have)? |successfully |re-?)*tested (?:this |it |both |that |version "
        r"|series |the series |"
        r"the patch |these |them |all )*(?:(?:on|with|in|under|for)TAIL_|successfully|ok|fine)"
    ),
    rf"(?:i |we )?(?:really |quite |do |also |very much )*(?:like|love|appreciate|enjoyed reading)(?:{_TAIL})",
    (
        rf"(?:i'?m |am |very |really |so )*(?:glad|happy|pleased|good|nice|great|fine|ok|delighted) (?:to (?:see|"
        rf"have|know|hear|read)|with)(?:{_TAIL})"
    ),
    (
        rf"(?:i |we )?(?:(?:do not|don'?t|don’t|did not|didn'?t|didn’t) (?:have|see|find|spot)|have|have got|see|"
        rf"found|spotted|can see)? ?(?:no|any) (?:more |other |further |major |obvious |remaining |real |strong "
        rf")*{_QUIET}(?: (?:from (?:me|my side|my end|us|here)|with (?:(?:this |the )?(?:patch|series|change|code|"
        rf"approach)|this|that|it)|here|left|found|spotted|either|at all|so far|at my end|on my side|any more|"
        rf"anymore|to (?:this|that|it)))*"
    ),
    (
        r"(?:i |we )?(?:have )?nothing (?:more |else |further )*(?:to (?:add|complain about|object to)|wrong(?: "
        r"here| with (?:this|that|it))?)"
    ),
    (
        r"(?:i )?(?:can'?t|can’t|cannot|couldn'?t|couldn’t|can not) (?:see|find|spot) (?:anything|any "
        r"(?:problems?|issues?|bugs?)|any|a problem)(?: wrong)?(?: (?:with (?:this|that|it)|here|in (?:this|"
        r"that|it)))?"
    ),
    (
        r"(?:i )?(?:can'?t|can’t|cannot) (?:complain|argue with (?:that|this))|(?:i )?(?:couldn'?t|couldn’t|"
        r"could not) agree more|not bad(?: at all)?|no (?:worries|problem|problems|objections?|need to "
        r"(?:resend|respin|repost))|not a problem"
    ),
    (
        r"(?:please )?(?:feel free to|you (?:can|may)|please|do)(?: also)? (?:add|keep|take|carry|use|include|"
        r"pick up)(?: (?:my|the|a|this|also))* (?:r-?b|t-?b|a-?b|acks?|(?:reviewed|acked|tested)-by|tags?|"
        r"reviewed by|s-o-b)(?: (?:tag|tags))?(?: [:,]?(?:to (?:this|it|the series|all|all of them|both|v\d+|"
        r"the next version)|for (?:this|the series|all|v\d+)|as well|too|here|anyway))*"
    ),
    (
        r"(?:you have |have |with |here'?s |here is |consider (?:this|it) |consider |it has |has )*(?:my |an? "
        r")?(?:r-?b|acks?|rb|acked|reviewed|(?:reviewed|acked|tested)-by(?: (?:me|tag))?)(?: (?:still |also "
        r")?(?:stands|applies|holds))?(?: (?:for|on) (?:this|it|the series|the whole series|all|v\d+|both))?"
    ),
    (
        r"(?:for the series|for the whole series|for all|for this|for the set|for this part|for "
        r"v\d+)\W*(?:(?:reviewed|acked|tested)-by)?"
    ),
    (
        r"(?:i'?ll|i’ll|i will|will|we'?ll|i'?m going to|going to|happy to|i can) (?:\w+ly |also |now "
        r")?(?:queue|apply|take|pick|merge|push|send|include|grab)(?: (?:it|this|them|these|that|both|all|up|"
        r"the (?:series|patch|patches|set|rest)|patches))*(?: (?:to|into|for|in|through|via|on)TAIL_)?(?: "
        r"(?:now|today|tomorrow|soon|shortly|tonight|later today|next week|this week|then|later))*"
    ),
    r"(?:good|nice|great|fine|correct|right|interesting) to (?:know|go|see|me|hear)",
    (
        r"(?:yes|yep|yeah|yup|yea|sure|sure thing|indeed|exactly|precisely|absolutely|of course|right|correct|"
        r"true|definitely|certainly|totally|deal|done|got it|gotcha|understood|noted|roger|i see|ah|oh|aha|ohh|"
        r"i understand|agreed|ok then)"
    ),
    (
        r"(?:that'?s|that’s|you'?re|you’re|you are|i'?m|i’m|i am|we'?re|we are|that is|this is|it is|it'?s|it’s|"
        r"it was|they are|these are|all|everything is|both are|is|are|was) VERY_(?:(?:GOOD_)(?:,? (?:and "
        r"(?:GOOD_) )?(?:WORK_))?|true|the way to go|a deal|an improvement|what i (?:meant|wanted|had in mind|"
        r"was looking for|expected))"
    ),
    (
        r"(?:that'?s|that’s|this is|it'?s|it’s) (?:what i (?:meant|wanted|had in mind|was looking for|expected)|"
        r"exactly (?:it|right|what i (?:meant|wanted|had in mind)))"
    ),
    (
        r"(?:i (?:had )?|sorry,? i |ah,? i |oh,? i )?(?:missed|overlooked|misread|misunderstood)(?: (?:that|it|"
        r"this|the (?:code|patch|context)))?"
    ),
    (
        r"my (?:bad|mistake|fault|misunderstanding)|mea culpa|i stand corrected|i was wrong|never ?mind|nvm|"
        r"scratch that|ignore (?:me|that|this|my (?:comment|noise|question))|disregard (?:that|this|my "
        r"(?:comment|question))|sorry for the noise|false alarm|please (?:ignore|disregard) (?:that|this|me|my "
        r"(?:comment|previous \w+|question))"
    ),
    r"(?:i(?:'ve| have)? )?(?:updated|amended|adjusted) (?:it|that|this|them|both)(?: accordingly)?",
    (
        r"(?:applied|queued(?: up)?|merged|pushed|taken|picked(?: up)?)(?: (?:all|both|this|it|them|the series|"
        r"the lot))*(?: (?:to|for|in|into) (?:(?:my|the) )?[\w./-]+(?: (?:tree|branch))?)?"
    ),
    r"(?:the |this |it |my )?(?:migration |series |patch |code |fix |change |driver |build |setup )?(?:works|worked)"
    r"(?: fine| well| great)?(?: (?:with|on|for)TAIL_)",
    (
        r"(?:please )?feel free to (?:add|carry|keep)|(?:i'?ll|i’ll|i will) add (?:your?|this|the) "
        r"(?:patch(?:es)?|series)(?: (?:to|in)TAIL_)?"
    ),
    (
        r"(?:yeah|yes|sure|ok),? why not|feel free to (?:merge|apply|queue|take|pick|go ahead|send|push)(?: "
        r"(?:it|this|them|up))*"
    ),
    r"(?:i )?think (?:it'?s |it is |that'?s |that is )?(?:so|doable|feasible)(?: too)?|yep,? i think so",
    (
        r"(?:this|that|it) should (?:be (?:fine|ok|okay|good|enough|an? good (?:point|idea))|work)|i think "
        r"(?:this|that|it) should work"
    ),
    (
        r"everything (?:in|about) [\w./-]+ (?:looks?|is|seems?) (?:GOOD_)|(?:please )?feel free to take (?:it|"
        r"this|them)TAIL_"
    ),
    r"nothing (?:jumped|jumps|sticks|stuck|stands|stood) out(?: (?:at|to) me)?",
    r"(?:the )?build (?:is|was) (?:successful|fine|clean|ok)",
    r"as expected|i (?:see|read|understand) it the same way|same (?:opinion|view) here|likewise",
    (
        r"(?:i(?:'ve|’ve| have)? |we(?:'ve|’ve| have)? )(?:just |now |also )*(?:applied|queued|merged|pushed|"
        r"taken|picked)(?: (?:this|it|them|these|that|both|all|up|the (?:series|patch|patches|set)))*(?: (?:to|"
        r"into|for|in)TAIL_)?"
    ),
    (
        r"(?:very |nicely |well |clearly )*(?:nicely|well|clearly|neatly|greatly) (?:done|spotted|caught|"
        r"explained|found|put|written|described|documented|thought out|summarized|said)"
    ),
    (
        r"(?:i |we )?(?:have )?(?:successfully |re-?)*tested(?: (?:(?:the|this) (?:series|patch|version)|"
        r"this|it|both|them))?"
    ),
    (
        r"(?:i (?:can |hereby )?)?confirm(?:ed)?(?: (?:that )?(?:this|it) (?:fixes|solves|works|cures)(?: (?:it|"
        r"this|things|(?:the|my|our) (?:\w+ )?(?:issue|problem|bug|warning|crash|hang|build|regression|splat|"
        r"oops)))?)?"
    ),
    (
        r"(?:this|it|that|which) (?:fixes|solves|cures) (?:it|this|things|(?:the|my|our) (?:\w+ )?(?:issue|"
        r"problem|bug|warning|crash|hang|build|regression|splat|oops))"
    ),
    (
        r"nothing (?:else|more|further)|i'?m out of (?:comments|nits|ideas)|please (?:ignore|disregard)|forget "
        r"(?:it|that|about (?:it|that))|i (?:withdraw|retract) (?:my|that|the) (?:comment|nack|objection|remark|"
        r"concern)s?"
    ),
    (
        r"(?:leave|keep) (?:it|this|that) as (?:it )?is|(?:either|both)(?: way| one| of them)? (?:is|are|works) "
        r"?(?:fine|ok|okay|good)?|that'?d be (?:great|nice|good|fine|perfect)|that would be (?:great|nice|good|"
        r"fine|perfect)"
    ),
    (
        r"let'?s (?:do|go with|keep|try|leave) (?:that|this|it)(?: (?:then|as is|like this|way))?|no strong "
        r"(?:feelings|opinion|preference)(?: (?:here|either way))?|either way (?:is fine|works)|up to you|your "
        r"call|as you (?:like|prefer|wish)|good enough(?: for (?:me|now))?"
    ),
    r"(?:looks|seems|sounds) like (?:a|an) (?:\w+ly )?(?:GOOD_)(?: \w+ing)? (?:WORK_)",
    (
        r"(?:otherwise|other than that|apart from that|aside from that|besides that|except for that|overall|in "
        r"general|generally)"
    ),
    (
        r"don'?t worry(?: about (?:it|that|this))?|all (?:good|fine|clear|set)|nice and (?:clean|simple|easy|"
        r"tidy|short)|short and sweet|simple enough|easy enough|much (?:better|nicer|cleaner|simpler)|(?:a "
        r")?(?:big|huge|great|nice|clear|real|definite) (?:plus|improvement|win)|an improvement|best "
        r"(?:approach|solution|option)|(?:way|far) (?:better|nicer|cleaner)"
    ),
)  # fmt: skip
_COURTESY = (
    # Who is away or slow, and will look later.
    (
        r"(?:i'?m|i’m|i am|i was|i have been|i'?ve been|we are) (?:still |currently |just |also |pretty "
        r"much )*(?:off(?! by)|away|"
        r"travell?ing|out|busy|swamped|offline|sick|under water|on (?:holidays?|vacation|pto|leave))(?:TAIL_)?"
    ),
    (
        r"(?:and |but |so )?(?:i'?ll|i’ll|i will|will|we'?ll|we will|let me) (?:definitely |try to |also |"
        r"then |still |have to )*"
        r"(?:review|look (?:at|into)|get (?:back|to)|test|have a (?:closer )?look|take a (?:closer |deeper )?look|"
        r"do (?:it|that|so)|reply|respond|check|go through|think about)(?:TAIL_(?: and(?:TAIL_))?)?"
    ),
    r"(?:sorry|apologies),? (?:but )?i (?:did not|didn'?t|have not|haven'?t) (?:had|have|got|get|found|"
    r"find) (?:the |any )?"
    r"(?:time|chance)(?:TAIL_)?",
    r"(?:sorry|apologies) for (?:being|my being) (?:so |a bit |very )*(?:slow|late)(?:TAIL_)?",
    r"i (?:came|am|got|was|will be) back(?:TAIL_)?",
    (
        r"(?:i(?:'ve|’ve| have)? )?(?:just |only )?(?:left|added|made) (?:a |some |few |couple of |only |"
        r"minor |small )*"
        r"(?:comments?|nits?|remarks?|questions?|suggestions?)(?: (?:inline|below|in-line))?"
    ),
    r"(?:please )?see (?:below|inline|in-line|(?:my |some )?(?:comments?|replies|answers?) (?:below|inline|in-line))",
    r"(?:many |a lot of |lots of |big |huge |cool |great |ok |and )*(?:thanks|thank you|thx|tnx|thank|ty|"
    r"cheers|tia|much obliged)"
    r"(?: (?:again|a lot|so much|very much|a ton|a bunch|all|much|everyone|guys|in advance|man|mate|both|folks))*"
    r"(?: (?!but|no|except|though|still|so|if|please)[a-z'-]{2,15}(?=,))?"
    rf"(?: (?:for|to)(?:{_TAIL}(?: and(?:{_TAIL}))?))?",
    (
        r"(?:sorry|apologies|my apologies)(?: (?:for|about) (?:the|my|being)?(?: ?(?:late|slow|long|very|so|"
        r"this))*(?: ?(?:delay|delayed|reply|response|late|review|noise|confusion|slow|wait|trouble))+)?"
    ),
    r"(?:hi|hello|hey|dear)(?: [a-z]+){0,2}",
    r"(?:no worries|you'?re welcome|have a (?:nice|good) \w+)",
)
# What says nothing by itself, and may stand between.
_FILL = (
    r"hence|in that case|(?:the )?diff(?= looks)|otherwise(?=\W*$)",
    r"for (?:the|my) [\w/-]+ (?:parts?|bits?|side|changes?)",
    r"as an? (?:temporary|first|interim|short-?term|quick) (?:solution|step|fix|measure|workaround)(?: for \w+)?",
    r"but (?:overall|otherwise|in general|all in all)(?= )|and (?:overall|otherwise|in general|all in all)(?= )|yeah",
    r"with (?:this|that|it|both|these|this one|this version|the series|the change)",
    (
        r"(?:to|for|from|by|with) (?:me|us|my (?:side|end|pov|point of view|perspective|eyes)|a (?:\w+ )?(?:pov|"
        r"point of view|perspective))"
    ),
    (
        r"(?:i\.e\.?|e\.g\.?|imo|imho|afaict|afaics|afaik|iiuc|fwiw|fyi|btw|as far as i can (?:tell|see)|i "
        r"(?:think|guess|"
        r"believe|suppose|would say|must say)|in my (?:opinion|view)|from what i can (?:see|tell))"
    ),
    (
        r"(?:at (?:a|first|second|quick) (?:quick |first )?(?:glance|look|sight)|after (?:a|another) (?:quick |"
        r"second |closer |careful )?look|on (?:a )?(?:quick|second|closer) (?:look|read|thought)|so far|at "
        r"least|for what it'?s worth|as (?:always|usual|is|well|such|expected)|in principle|for now|at this "
        r"point|this time|this way|like this|here|there|now|then|too|again|already|finally|anyway|still|also|"
        r"either way)"
    ),
    (
        r"(?:the|this|that|these|those|it|it'?s|its|they|both|all|your|my|a|an|i|we|you|is|are|was|be|been|am|"
        r"so|very|really|quite|pretty|such|even|much|more|most|well|and|or|in|of|as|to|for|me|on|just|indeed|"
        r"totally|perfectly|absolutely|definitely|certainly|actually|basically|very much|rather|fairly|super|"
        r"way|one|ones|that'?s|that’s|it’s|i'?m|have|has|had|do|does|them|very)"
    ),
    rf"(?:{_DETERMINED}|tests|patch|patches|series|patch ?set|code|everything|things|stuff|v\d+)",
    r"(?:wow|ha|oh|ah|aha|hm|haha|hehe|heh|phew|man|boy|gee|well|hey|dude|sir|folks|guys|team|all|everyone)",
    r"(?:patch(?:es)? ?(?:#|no\.? )?\d+(?: ?(?:,|-|and|to) ?\d+)*|v\d+|\d+-\d+)",
)  # fmt: skip
_LISTED = tuple(
    part.replace("GOOD_", _GOOD).replace("WORK_", _WORK).replace("VERY_", _VERY).replace("TAIL_", _TAIL)
    for part in (*_CORE, *_COURTESY)
)
_END = r"(?![\w'’-])"
APPROVES = tuple(lazy_re.compile(rf"(?:{part}){_END}") for part in _LISTED)
FILLS = tuple(lazy_re.compile(rf"(?:{part}){_END}") for part in _FILL)
_APART = lazy_re.compile(r"[\s,.!;:()*~#&–—-]*")
_EXCLAIMED = lazy_re.compile(r"(?i:(?:reviewed|acked|tested)-by):(?: [A-Z][\w.'-]*){0,4}(?: <\S{1,80}>)?")


def is_approval(words: str) -> bool:
    """Whether these words only say that all is well, agree, take a remark back, or ask to be heard (`ping`)."""
    text = _EXCLAIMED.sub("reviewed-by ", " ".join(words.split())).lower()
    if not text or len(text) > _LONGEST:
        return False
    if _LOOKING_ASIDE.match(text) or _NEWS.match(text) or _ACK_WANTED.match(text):
        return True
    text = _SMILEY.sub(" ", text)
    if not text.strip(" .,!"):
        return True
    if _DOUBT.search(text) or _ASKS_FIRST.match(text):
        return False
    return _all_said(text)


def _all_said(text: str) -> bool:
    """Whether pieces that approve or fill, the longest first, make up the whole text, and one of them approves."""
    at, approved = _after(text, 0), False
    while at < len(text):
        approves, fills = _beginning(text[at : at + 3])
        best = max((m.end() for one in approves if (m := one.match(text, at))), default=at)
        other = max((m.end() for one in fills if (m := one.match(text, at))), default=at)
        if max(best, other) == at:
            return False
        approved = approved or best >= other
        at = _after(text, max(best, other))
    return approved


@lru_cache(maxsize=1000)
def _beginning(letters: str) -> tuple[Sequence[re.Pattern[str]], Sequence[re.Pattern[str]]]:
    """The patterns that approve and that fill whose matches can begin so: the others need not be compiled."""
    if not letters.isascii():
        return APPROVES, FILLS
    shown = letters.replace(" ", "_")
    begins = {shown, shown[:2], shown[:1]}
    chosen = [one for one, row in zip((*APPROVES, *FILLS), BEGINNINGS, strict=True) if begins & set(row.split(" "))]
    count = sum(one in APPROVES for one in chosen)
    return chosen[:count], chosen[count:]


def _after(text: str, at: int) -> int:
    found = _APART.match(text, at)
    return found.end() if found else at
