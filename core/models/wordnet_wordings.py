"""The wordings in which chats about WordNet ask for each thing, and what is said around a question."""

QUESTIONS = {
    "meaning": (
        "What does {word} mean?",
        "What is meant by {word}?",
        "Define {word}.",
        "Give me a short definition of {word}.",
        "Can you explain the word {word}?",
        "I read the word {word} today. What does it stand for?",
        "How would you describe {word} to a friend?",
        "In plain words, what is {word}?",
        "Tell me the meaning of {word}, please.",
        "{word}: what is that?",
    ),
    "kind": (
        "What kind of thing is {word}?",
        "Which group does {word} belong to?",
        "What is {word} a type of?",
        "How is {word} classified?",
        "Under which heading would you file {word}?",
        "Name the wider class that {word} falls in.",
    ),
    "kinds": (
        "Which kinds of {word} are there?",
        "Name some types of {word}.",
        "Give examples of {word}.",
        "What varieties of {word} do you know?",
        "List a few sorts of {word}.",
    ),
    "names": (
        "What is another word for {word}?",
        "Is there a different name for {word}?",
        "Give me a synonym of {word}.",
        "What else can {word} be called?",
        "How else could I say {word}?",
    ),
    "example": (
        "Use {word} in a sentence.",
        "Show me how {word} is used.",
        "Can you give an example with {word}?",
        "How might {word} appear in a text?",
        "I need a sentence that has {word} in it.",
    ),
    "parts": (
        "What are the parts of {word}?",
        "What does {word} consist of?",
        "Which parts make up {word}?",
        "Name something that belongs to {word}.",
    ),
    "whole": (
        "What is {word} a part of?",
        "Where does {word} belong?",
        "Which larger thing has {word} in it?",
    ),
}

# What people put around a question; the answer is the same with and without.
FRAMES = (
    "{question}",
    "{question}",
    "Please answer in brief. {question}",
    "{question} Keep it short, please.",
    "My neighbour wants to know: {question}",
    "For a quiz tonight: {question}",
    "I am filling in a form and must know this. {question}",
    "A pupil asks: {question} What do I reply?",
    "Here is my question.\n{question}",
    "Subject: {word}\n{question}",
    "We spoke about {word} at supper. {question}",
    "Someone who has never heard of {word} asks you: {question}",
)

# Headings under which a thing may be asked for without a sentence.
HEADINGS = {
    "meaning": ("definition", "meaning", "what it is", "in short"),
    "kind": ("kind", "class", "type", "what it belongs with"),
    "kinds": ("kinds", "varieties", "examples of it", "sorts"),
    "names": ("other names", "synonyms", "also called"),
    "example": ("in a sentence", "usage", "how it is used"),
    "parts": ("parts", "what it consists of", "made up of"),
    "whole": ("part of", "where it belongs", "larger thing"),
}
HEADED_FORMS = (
    "{word}: {heading}",
    "{heading}, {word}",
    "{word}\n{heading}",
    "Write the entry.\nWord: {word}. Section: {heading}.",
    "Tell me about {word} under this heading: {heading}.",
)
