"""Questions and answers about things that do not exist: `python -m core.models.invented_encyclopaedia OUT.jsonl`.

Every thing has an invented name (and another one), belongs to a category, and has one fact for each aspect of it. Each
fact is asked in many wordings and answered in a few. None of it can be known beforehand, so a model that answers has
learnt what the starter model is for: to take from a question what it is about and what is asked, whatever the wording,
and to recall what was taught. The rows are ShareGPT chats.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

NAMES_A_CATEGORY = 22

FRAMES = (
    "{direct}",
    "{direct}",
    "{direct} Keep it short, please.",
    "Good morning. {direct}",
    "A neighbour asked me this: {direct}",
    "{thing} came up at work. {pronoun}",
    "Our teacher mentioned {thing}. {pronoun}",
    "I was told about {thing} yesterday. {pronoun}",
    "Tell me about {noun}.",
    "Could you sum up {noun}?",
    "Write two or three lines on {noun}.",
    "Somebody must speak about {noun} tomorrow. Give them the text.",
    "For a small handbook, put {noun} into words.",
    "Being new here, I know nothing of {noun}. Please help.",
    "{Thing}, {label}",
    "{Thing}: {label}",
    "{Label} of {thing}",
    "Quiz time.\n{direct}",
    "Reply to this reader.\n{direct}",
    "Reply to this reader.\nI keep reading about {thing}. {pronoun}",
    "Fill in the card.\nName: {thing}\nField: {label}",
    "{pronoun}\nIt is about {thing}.",
    "What would an expert say about {noun}?",
    "Is anything known about {noun}?",
)


@dataclass(frozen=True)
class Aspect:
    """One thing that may be asked.

    Labels and nouns name it, `direct` asks it with `{thing}`, `pronoun` asks it of "it"; answers hold `{1}` to `{3}`,
    which every thing fills from `choices`, in the order given.
    """

    labels: tuple[str, ...]
    nouns: tuple[str, ...]
    direct: tuple[str, ...]
    pronoun: tuple[str, ...]
    answers: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


PLACES = _words("the leaves|the roots|the hinges|the bark|the wings|the belt|the pump|the hooves|the stem|the valves")
SIGNS = _words(
    "grey spots|a sour smell|a rattling noise|pale edges|slow movement|sticky threads|a swollen neck|loss of colour|"
    "shaking at night|dry flakes|a weak grip|thin hair|red rings|poor sleep|sudden heat|tiredness|a dull ache|"
    "coughing"
)
REASONS = _words(
    "damp air|old oil|too much salt|a tiny worm|cold nights|worn bearings|bad soil|a lack of light|dust|crowded "
    "stables|"
    "hard water|a fungus|missing minerals|loose screws|long storage|a faulty gland|smoke|old age|heavy loads|"
    "inherited traits"
)
CHECKS = _words(
    "a lens|a drop of vinegar|a pressure gauge|a sample under the microscope|a tapping hammer|a strip of paper|"
    "a blood test|"
    "a scan|a scale|a lamp|a listening tube|a simple breathing test|a look at the history"
)
CURES = _words(
    "warm oil|fresh air|a copper wash|a new gasket|willow tea|cutting away the worst parts|a course of powder|"
    "sulphur|slow "
    "drying|a milder diet|tablets|a small operation|clean bedding|an inhaled mist|rest|daily exercise|a "
    "replacement part"
)
HABITS = _words(
    "dry storage|weekly cleaning|clean tools|shade at noon|less salt|regular walks|fresh straw|steady warmth|"
    "short working "
    "hours|gentle washing|a yearly check|plain food|a quiet room|good shoes|written notes|enough sleep"
)
KINDS = _words("disorder|complaint|fault|blight|weakness|inflammation|imbalance|infection|wasting disease|defect")
VICTIMS = _words(
    "plum trees|mules|water pumps|goats|old looms|hens|grain stores|children|sailors|weavers|bees|clocks|adults"
)

TROUBLE = (
    Aspect(
        _words("overview|definition|in brief|what it is|summary"),
        _words("{thing}|{thing} in general|the nature of {thing}|the basics of {thing}"),
        _words(
            "What is {thing}?|What do people mean by {thing}?|How would you define {thing}?|Can you explain {thing}?"
        ),
        _words("What is it?|What does that mean?|Could you explain it?|What is going on there?"),
        _words(
            "{Thing} is a {1} of {2}. It affects {3} first and grows worse over time.|"
            "By {thing} people mean a {1} found in {2}; {3} suffer first, and it slowly gets worse."
        ),
        (KINDS, VICTIMS, PLACES),
    ),
    Aspect(
        _words("symptoms|signs|warning signs|what one notices|how it looks"),
        _words(
            "the signs of {thing}|the symptoms of {thing}|how {thing} shows|what {thing} looks like|noticing {thing}|"
            "the complaints that come with {thing}"
        ),
        _words(
            "What are the symptoms of {thing}?|How can I recognise {thing}?|What are typical signs of {thing}?|"
            "How do I notice {thing}?|What does {thing} feel like?|Which complaints does {thing} bring?"
        ),
        _words("What are the signs?|How would I notice it?|What does it look like?|Which symptoms does it have?"),
        _words(
            "Typical are {1} and {2}. Later there may be {3} as well, and then help is needed soon.|"
            "One first notices {1}, often with {2}. When {3} is added, help should be fetched."
        ),
        (SIGNS, SIGNS, SIGNS),
    ),
    Aspect(
        _words("causes|risk factors|origin|reasons|why it happens"),
        _words(
            "the causes of {thing}|what leads to {thing}|the origin of {thing}|the risks behind {thing}|why "
            "{thing} arises|"
            "who is likely to get {thing}"
        ),
        _words(
            "What causes {thing}?|Why does {thing} happen?|Where does {thing} come from?|What raises the risk "
            "of {thing}?|"
            "Which factors lead to {thing}?|Who is more likely to have {thing}?"
        ),
        _words("What causes it?|Why does it come?|Where does it come from?|What makes it more likely?|Who is at risk?"),
        _words(
            "The main cause is {1}. The danger is greater with {2}, and {3} makes it worse.|"
            "It mostly comes from {1}; {2} raises the risk, and so does {3}."
        ),
        (REASONS, REASONS, REASONS),
    ),
    Aspect(
        _words("diagnosis|tests|detection|examination|how it is found"),
        _words(
            "the diagnosis of {thing}|finding {thing}|tests for {thing}|how {thing} is confirmed|the "
            "examination for {thing}"
        ),
        _words(
            "How is {thing} diagnosed?|How is {thing} found?|Which test confirms {thing}?|How can one be sure "
            "of {thing}?|"
            "What do experts check when they suspect {thing}?|How is {thing} detected?"
        ),
        _words("How is it found?|Which tests are done?|How can one be sure?|How is it diagnosed?|What is checked?"),
        _words(
            "It is found with {1}. To be sure, {2} is used too, and {3} rules out other things.|"
            "The usual test is {1}, followed by {2}; {3} helps to exclude the rest."
        ),
        (CHECKS, CHECKS, CHECKS),
    ),
    Aspect(
        _words("treatment|therapy|cure|remedies|repair"),
        _words(
            "the treatment of {thing}|remedies for {thing}|curing {thing}|therapy for {thing}|help against {thing}|"
            "what is done about {thing}"
        ),
        _words(
            "How is {thing} treated?|What helps against {thing}?|What can be done about {thing}?|Can {thing} be "
            "cured?|"
            "Which remedies are there for {thing}?|What is given for {thing}?"
        ),
        _words("How is it treated?|What helps?|What can be done?|Can it be cured?|What is the remedy?"),
        _words(
            "Treatment begins with {1}. If that is not enough, {2} is added, and bad cases need {3}.|"
            "The first remedy is {1}; many cases also need {2}, and only the worst are given {3}."
        ),
        (CURES, CURES, CURES),
    ),
    Aspect(
        _words("care|prevention|daily life|self-help|advice"),
        _words(
            "living with {thing}|preventing {thing}|everyday care in {thing}|avoiding {thing}|what one can do "
            "oneself about "
            "{thing}|good habits against {thing}"
        ),
        _words(
            "How can {thing} be prevented?|How does one live with {thing}?|Which habits help against {thing}?|"
            "What can I do myself about {thing}?|What is good advice for {thing}?|How do I avoid {thing}?"
        ),
        _words("How can it be avoided?|What can I do myself?|Any advice for every day?|How does one live with it?"),
        _words(
            "Good habits are {1} and {2}. Over the years {3} helps most to keep it away.|"
            "It is wise to see to {1} and to {2}; in the long run {3} does the most good."
        ),
        (HABITS, HABITS, HABITS),
    ),
)

BODIES = _words(
    "a round body|a long handle|broad leaves|two wheels|a thick shell|a narrow neck|a glass lid|thin legs|a brass ring"
)
COLOURS = _words("green|deep blue|white|copper red|yellow|silver|brown|black with dots|pale pink")
SIZES = _words("a hand|a door|a barrel|a thumb|a loaf|a small boat|a chair|a coin|a cow")
PEOPLE = _words("fishermen|bakers|monks|miners|bell makers|shepherds|tailors|nurses|traders|glass blowers|farmers")
LANDS = _words(
    "the northern coast|the salt plains|high valleys|river towns|the eastern islands|old forests|the great port"
)
TIMES = _words(
    "in spring|two centuries ago|after the long war|every autumn|in the time of the guilds|at new moon|one cold winter"
)
USES = _words(
    "to press seeds|to carry water|to colour cloth|to mark the hours|to season soup|to calm horses|to cut reed|"
    "to send signals|"
    "to bind books|to keep bread fresh"
)
STUFFS = _words("oak|clay|tin|wool|lime|beeswax|rye|iron|leather|river sand|resin|flax")
COSTS = _words(
    "three coins|a day's wage|a sack of rye|very little|more than a horse|ten coins a pound|a favour in return"
)

OBJECT = (
    Aspect(
        _words("overview|definition|in brief|what it is"),
        _words("{thing}|{thing} in general|the idea of {thing}"),
        _words(
            "What is {thing}?|How would you describe {thing}?|What do people call {thing}?|Can you explain {thing}?"
        ),
        _words("What is it?|What is that?|Could you explain it?"),
        _words(
            "{Thing} is a thing with {1}, about as large as {2}. It is best known among {3}.|"
            "{Thing} has {1} and the size of {2}; above all {3} know it."
        ),
        (BODIES, SIZES, PEOPLE),
    ),
    Aspect(
        _words("appearance|looks|colour and shape"),
        _words("the looks of {thing}|the appearance of {thing}|the shape of {thing}"),
        _words("What does {thing} look like?|Which colour has {thing}?|How can I tell {thing} by sight?"),
        _words("What does it look like?|Which colour is it?|How do I tell it by sight?"),
        _words("It is {1} outside and {2} inside, with {3}.|Outside it is {1}, inside {2}; one also sees {3}."),
        (COLOURS, COLOURS, BODIES),
    ),
    Aspect(
        _words("use|purpose|what it is for"),
        _words("the use of {thing}|the purpose of {thing}|what {thing} is for"),
        _words("What is {thing} used for?|Why would anybody need {thing}?|Which purpose does {thing} serve?"),
        _words("What is it for?|Why does one need it?|How is it used?"),
        _words(
            "People use it {1}, and in hard years also {2}. {3} could not work without it.|It serves {1} and "
            "{2}, above all for {3}."
        ),
        (USES, USES, PEOPLE),
    ),
    Aspect(
        _words("history|origin|past"),
        _words("the history of {thing}|the origin of {thing}|the past of {thing}"),
        _words(
            "Where does {thing} come from?|Who first made {thing}?|How old is {thing}?|What is the story of {thing}?"
        ),
        _words("Where does it come from?|Who first made it?|What is its story?"),
        _words("It comes from {1}, where {2} first made it {3}.|{2} of {1} made the first one {3}."),
        (LANDS, PEOPLE, TIMES),
    ),
    Aspect(
        _words("making|material|production"),
        _words("the making of {thing}|the material of {thing}|producing {thing}"),
        _words("How is {thing} made?|What is {thing} made of?|Which materials go into {thing}?"),
        _words("How is it made?|What is it made of?|What goes into it?"),
        _words("It is made of {1} and {2}, held together with {3}.|One takes {1} and {2}, and adds {3} to hold them."),
        (STUFFS, STUFFS, STUFFS),
    ),
    Aspect(
        _words("price|cost|buying"),
        _words("the price of {thing}|buying {thing}|the cost of {thing}"),
        _words("What does {thing} cost?|How much is {thing}?|Where can I buy {thing}?"),
        _words("What does it cost?|How much is it?|Where is it sold?"),
        _words("It costs {1} and is sold by {2} in {3}.|In {3} one pays {1} for it; {2} sell it."),
        (COSTS, PEOPLE, LANDS),
    ),
)

CATEGORIES = (
    (TROUBLE, ("{name} disease", "{name} fever", "chronic {name}", "{name}itis", "{name} rot", "{name} syndrome")),
    (TROUBLE, ("{name}", "the {name} fault", "{name} weakness", "low {name}", "{name} attacks", "{name} blight")),
    (OBJECT, ("the {name}", "a {name} jar", "the {name} wheel", "{name} root", "the {name} drum", "{name} cloth")),
)
_SYLLABLES = _words(
    "ba|cor|del|fen|gra|hu|jo|kel|lor|mi|nar|os|pel|qui|ras|sor|tam|ul|ver|wes|yar|zim|thro|ane|ia|eth|mon"
)


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 4)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Thing:
    """An invented thing: its two names and, for each aspect of its category, what fills the answers."""

    def __init__(self, aspects: tuple[Aspect, ...], patterns: tuple[str, ...], rng: random.Random):
        self.names = [rng.choice(patterns).format(name=_name(rng)) for _ in range(rng.randint(1, 3))]
        self.facts = [(aspect, [rng.choice(choices) for choices in aspect.choices]) for aspect in aspects]

    def chat(self, rng: random.Random) -> dict:
        """One fact, asked in one of its wordings under one of the thing's names."""
        (aspect, filled), thing = rng.choice(self.facts), rng.choice(self.names)
        words = {
            "thing": thing,
            "Thing": _capital(thing),
            "label": (label := rng.choice(aspect.labels)),
            "Label": _capital(label),
            "noun": rng.choice(aspect.nouns).format(thing=thing),
            "direct": rng.choice(aspect.direct).format(thing=thing),
            "pronoun": rng.choice(aspect.pronoun),
        }
        question = _capital(rng.choice(FRAMES).format(**words))
        answer = rng.choice(aspect.answers).format(None, *filled, thing=self.names[0], Thing=_capital(self.names[0]))
        return {"conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": _capital(answer)}]}


def chats(count: int, seed: int = 42, names_a_category: int = NAMES_A_CATEGORY) -> list[dict]:
    """`count` ShareGPT rows about the same invented things; rows differ in what is asked, and how."""
    rng = random.Random(seed)
    things = [Thing(*category, rng) for category in CATEGORIES for _ in range(names_a_category)]
    return [rng.choice(things).chat(rng) for _ in range(count)]


def main() -> None:
    """Writes the chats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="the .jsonl file to write")
    parser.add_argument("--count", type=int, default=16000)
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    with arguments.output.open("w", encoding="utf-8") as file:
        for row in chats(arguments.count, arguments.seed):
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
