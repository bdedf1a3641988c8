"""GBNF, the grammar notation of llama.cpp: how it quotes text, and the rules for JSON that every grammar here uses."""

JSON_RULES = r"""
space ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" ([0-9abcefABCEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))
string ::= "\"" char* "\""
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
boolean ::= "true" | "false"
null ::= "null"
value ::= object | array | string | number | boolean | null
object ::= "{" (string ":" space value ("," space string ":" space value)*)? "}"
array ::= "[" (value ("," space value)*)? "]"
date ::= [1-9] [0-9]{3} "-" (month "-" day | not-february "-" ("29" | "30") | long "-31")
month ::= "0" [1-9] | "1" [0-2]
day ::= "0" [1-9] | "1" [0-9] | "2" [0-8]
not-february ::= "0" [13-9] | "1" [0-2]
long ::= "0" [13578] | "1" [02]
hour ::= [01] [0-9] | "2" [0-3]
sixty ::= [0-5] [0-9]
time ::= hour ":" sixty ":" sixty ("." [0-9]{1,6})? ("Z" | [-+] hour ":" sixty)
date-time ::= date "T" time
uuid ::= hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}
hex ::= [0-9a-f]
"""
STRING_FORMATS = ("date", "time", "date-time", "uuid")
"""Values of `format` that have a rule above."""


def quoted(text: str) -> str:
    """`text` as a GBNF literal."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, written)
    return f'"{text}"'
