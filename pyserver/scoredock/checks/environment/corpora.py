"""Data that NLTK reads and that none of its packages brings."""

from __future__ import annotations

import posixpath
import re

from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_above, folder_of, names_in
from scoredock.analysis.rule import quoted_names
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY

_NEEDED = {
    **dict.fromkeys(("nltk.word_tokenize", "nltk.sent_tokenize"), "punkt"),
    **dict.fromkeys(("nltk.tokenize.word_tokenize", "nltk.tokenize.sent_tokenize"), "punkt"),
    **dict.fromkeys(("nltk.pos_tag", "nltk.tag.pos_tag"), "averaged_perceptron_tagger"),
    **dict.fromkeys(("nltk.corpus.stopwords.words", "nltk.corpus.stopwords.raw"), "stopwords"),
    **dict.fromkeys(("nltk.corpus.wordnet.synsets", "nltk.corpus.wordnet.lemmas"), "wordnet"),
    **dict.fromkeys(
        ("nltk.sentiment.SentimentIntensityAnalyzer", "nltk.sentiment.vader.SentimentIntensityAnalyzer"),
        "vader_lexicon",
    ),
}
"""What is called, and the data without which it raises LookupError."""
_BRINGS = re.compile(
    r"nltk[\w.]*\.(?:download|data)\b|import[ \t][^\n]*\bdownload|NLTK_DATA|nltk[_-]data|nltk\.downloader"
)
_OWN_IMAGE = re.compile(
    r"(?:baseImage|extraDockerfileSteps)[\"']?[ \t]*:[ \t]*[\"']?(?!null\b|mcr\.microsoft)\w"
    r"|\b(?:base_dockerfile|from_docker\w+|extra_docker_?file_steps)\b"
    r"|\b(?:base_)?image[ \t]*[=:][ \t]*[\"']?(?!None\b|null\b|mcr\.microsoft|DEFAULT_)[a-z]\w*[./:]"
)
"""An image that somebody made, in which the data may lie."""
_MAY_BRING = (".py", ".json", ".yml", ".yaml", ".sh", ".txt", ".ipynb", "dockerfile")
_MOST = 40


def check_corpora(script: ParsedScript) -> list[Finding]:
    """Finding for a script, at the first call that needs data which nothing around it fetches."""
    calls = [
        (call, _NEEDED[name])
        for call, _, flags, name in script.named_calls
        if name in _NEEDED and not flags & (MAIN_ONLY | IN_IF | IN_TRY)
    ]
    environment = script.facts.environment
    if not calls or (environment is not None and not environment.complete) or _BRINGS.search(script.text):
        return []
    if _is_brought(script):
        return []
    names = list(dict.fromkeys(data for _, data in calls))
    return [rules.CORPUS.finding(script.range(calls[0][0].func), data=quoted_names(names, "and"))]


def _is_brought(script: ParsedScript) -> bool:
    """True if a file around the script fetches data of NLTK, or says where it lies; unknown where nobody can look."""
    facts = script.facts
    own = folder_of(facts.path) if facts.path else ""
    if facts.listing is None or not own:
        return True
    for folder in dict.fromkeys((own, folder_above(own, facts))):
        names = [name for name in names_in(facts, folder) if name.lower().endswith(_MAY_BRING)][:_MOST]
        texts = (facts.read(posixpath.join(folder, name)) or "" for name in names)
        if any(_BRINGS.search(text) or _OWN_IMAGE.search(text) for text in texts):
            return True
    return "nltk_data" in names_in(facts, own)
