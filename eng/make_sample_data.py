"""
Chats made by rule from State of the Union addresses and Moby Dick. Usage: make_sample_data.py PACKAGE_FOLDER OUTPUT_FOLDER

A tokenizer that is in the output folder is used as it is, so that token ids stay what they are; where there is none, one is trained.
"""
import json
import random
import re
import subprocess
import sys
from pathlib import Path

CAPACITY = 8192        # tokens of the longest conversation
OVERHEAD = 24          # the template's own tokens, and some more
VOCABULARY = 8000
LONG, SHORT = 60, 540  # conversations to train on
LONG_EVAL, SHORT_EVAL = 4, 36
CUT_TITLES = {"56", "57", "100", "120"}  # chapters of whose titles the package has the first line only

# Points that end no sentence: of initials, titles and the like.
ABBREVIATION = re.compile(r"\b(?:[A-Za-z]|Mr|Mrs|Ms|Messrs|Dr|St|Gen|Col|Capt|Lieut|Maj|Hon|Rev|No|Nos|Art|Sec|Jr|Sr|Co|Inc|vs|viz|etc|cf|II|III|IV|VI|VII|VIII|IX)\.$")
PLAIN = re.compile(r"[A-Z][^.!?\n\"“”\[\]]{18,298}[a-z][.!?]")

rng = random.Random(2024)


def read_addresses(package):
    for path in sorted((package / "sotu" / "data").glob("*_*.json")):
        speech = json.loads(path.read_text(encoding="utf-8"))
        yield {"kind": "address", "name": speech["name"].replace("Mc ", "Mc"), "year": str(speech["year"]), "party": speech["party"], "text": clean(speech["text"])}


def read_chapters(package):
    for path in sorted((package / "moby-dick" / "data").glob("chapter_*.json"), key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)]):
        chapter = json.loads(path.read_text(encoding="utf-8"))
        title = " ".join(chapter["title"].split()).strip(" .")
        yield {"kind": "chapter", "number": str(chapter["chapter"]), "title": title, "text": clean(chapter["text"])}


def clean(text):
    text = text.replace("\r\n", "\n")
    text = re.sub(r"[ \t]+", " ", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def pieces(text):
    """Sentences with the space before them; laid together they are the text. Where a point may be no end, there is no border."""
    result = []
    for part in re.split(r"(?<=[.!?])(?=\s)", text):
        if result and (ABBREVIATION.search(result[-1]) or part.lstrip()[:1].islower()):
            result[-1] += part
        else:
            result.append(part)
    return result


def sentences(text):
    return [piece.strip() for piece in pieces(text)]


def is_plain(sentence):
    """One whole sentence beyond doubt: no quotation, heading, number or abbreviation at its borders or points inside."""
    return PLAIN.fullmatch(sentence) is not None and not ABBREVIATION.search(sentence)


def chat(*texts):
    roles = ["user", "assistant"]
    return {"messages": [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]}


def train_tokenizer(texts, folder):
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(line for text in texts for line in text.split("\n") if line), encoding="utf-8")
    subprocess.run(
        ["spm_train", f"--input={corpus.name}", "--model_prefix=tokenizer", "--model_type=bpe", f"--vocab_size={VOCABULARY}", "--byte_fallback=true",
         "--split_digits=true", "--normalization_rule_name=identity", "--remove_extra_whitespaces=false", "--character_coverage=0.9999",
         "--max_sentence_length=65536", "--num_threads=1", "--unk_id=0", "--bos_id=1", "--eos_id=2", "--pad_id=-1"],
        check=True, stderr=subprocess.DEVNULL, cwd=folder)  # names without folders: they are written into the model
    corpus.unlink()
    (folder / "tokenizer.vocab").unlink()


def token_counts(texts, folder):
    """Tokens of each text; a line break is one byte token."""
    lines = "\n".join(text.replace("\n", "\u2028") for text in texts)
    out = subprocess.run(["spm_encode", f"--model={folder / 'tokenizer.model'}", "--output_format=id"], input=lines, capture_output=True, text=True, check=True)
    counts = [len(line.split()) for line in out.stdout.split("\n")[:len(texts)]]
    return [count - 2 * text.count("\n") for count, text in zip(counts, texts)]  # U+2028 is three byte tokens


def long_chat(document, budget, folder):
    """A document cut at the end of a sentence so that the whole conversation has at most `budget` tokens."""
    parts = pieces(document["text"])
    counts = token_counts(parts, folder)
    kept, used = 0, 0
    while kept < len(parts) and used + counts[kept] <= budget:
        used += counts[kept]
        kept += 1
    while True:
        text = "".join(parts[:kept]).strip()
        question, answer = ask({**document, "text": text})
        if sum(token_counts([f"{text}\n\n{question}", answer], folder)) <= budget - OVERHEAD:
            return chat(f"{text}\n\n{question}", answer)
        kept -= 1


def ask(document):
    """A task with one true answer, from the text or what is known about it. The same for the same text."""
    pick = random.Random(document["text"][:200])
    lines = sentences(document["text"])
    tasks = []
    pairs = [i for i in range(len(lines) - 1) if is_plain(lines[i]) and is_plain(lines[i + 1]) and document["text"].count(lines[i]) == 1]
    if pairs:
        at = pick.choice(pairs)
        tasks.append((f"Which sentence of this text follows this one? \"{lines[at]}\"", lines[at + 1]))
    if is_plain(lines[0]):
        tasks.append(("Repeat the first sentence of this text.", lines[0]))
    if is_plain(lines[-1]):
        tasks.append(("Repeat the last sentence of this text.", lines[-1]))
    if document["kind"] == "address":
        tasks.append(("Which president gave this address?", f"This address was given by {document['name']}."))
        tasks.append(("In which year was this address given, and by whom?", f"It was given in {document['year']} by {document['name']}."))
    elif document["number"] not in CUT_TITLES:
        tasks.append(("What is the title of this chapter?", f"The title of this chapter is \"{document['title']}\"."))
        tasks.append(("Which chapter of Moby Dick is this?", f"This is chapter {document['number']} of Moby Dick, \"{document['title']}\"."))
    return pick.choice(tasks)


def short_chats(addresses, chapters):
    """Facts, arithmetic and explanations of words, made by rule; mostly short, some of several rounds, some with a passage."""
    facts = []
    years = [a["year"] for a in addresses]
    titles = [c["title"] for c in chapters]
    for a in addresses:
        if years.count(a["year"]) > 1:
            continue  # an outgoing and an incoming president: the question would have two answers
        facts.append((f"Who gave the State of the Union address of {a['year']}?", f"{a['name']} gave the State of the Union address of {a['year']}."))
        if a["party"] != "none" and "&" not in a["party"]:
            facts.append((f"To which party did {a['name']} belong in {a['year']}?", f"In {a['year']}, {a['name']} belonged to the {a['party']} party."))
    for c in chapters:
        if c["number"] in CUT_TITLES:
            continue
        if c["number"].isdigit():
            facts.append((f"What is chapter {c['number']} of Moby Dick called?", f"Chapter {c['number']} of Moby Dick is called \"{c['title']}\"."))
        if c["number"].isdigit() and titles.count(c["title"]) == 1:
            facts.append((f"Which chapter of Moby Dick is called \"{c['title']}\"?", f"It is chapter {c['number']}."))
    facts = sorted(set(facts))
    rng.shuffle(facts)

    def arithmetic():
        a, b = rng.randrange(2, 100), rng.randrange(2, 100)
        kind = rng.randrange(4)
        if kind == 0:
            return f"What is {a} plus {b}?", f"{a} plus {b} is {a + b}."
        if kind == 1:
            return f"What is {max(a, b)} minus {min(a, b)}?", f"{max(a, b)} minus {min(a, b)} is {max(a, b) - min(a, b)}."
        if kind == 2:
            return f"What is {a} times {b}?", f"{a} times {b} is {a * b}."
        return f"Count from {a} to {a + 9}.", ", ".join(str(a + i) for i in range(10)) + "."

    def word():
        w = rng.choice(["whale", "harpoon", "congress", "treaty", "captain", "president", "ocean", "harbor", "ship", "union", "nation", "commerce", "sailor", "island"])
        kind = rng.randrange(3)
        if kind == 0:
            return f"How many letters has the word \"{w}\"?", f"The word \"{w}\" has {len(w)} letters."
        if kind == 1:
            return f"Spell the word \"{w}\".", "-".join(w.upper()) + "."
        return f"Write the word \"{w}\" backwards.", f"{w[::-1]}."

    def passage():
        """Whole sentences, up to six and 1,200 characters."""
        while True:
            body = sentences(rng.choice(addresses + chapters)["text"])
            start = rng.randrange(len(body))
            kept = body[start:start + rng.randrange(2, 7)]
            while len(" ".join(kept)) > 1_200:
                kept.pop()
            if len(kept) > 1 and is_plain(kept[0]):
                return f"{' '.join(kept)}\n\nRepeat the first sentence of this passage.", kept[0]

    def one():
        kind = rng.random()
        return facts.pop() if kind < 0.45 and facts else arithmetic() if kind < 0.65 else word() if kind < 0.8 else passage()

    while True:
        rounds = 1 if rng.random() < 0.85 else rng.randrange(2, 4)
        yield chat(*[text for _ in range(rounds) for text in one()])


def main():
    package, out = Path(sys.argv[1]), Path(sys.argv[2])
    model = out / "tiny-llama"
    model.mkdir(parents=True, exist_ok=True)
    addresses, chapters = list(read_addresses(package)), list(read_chapters(package))
    short, seen = [], set()
    for conversation in short_chats(addresses, chapters):
        key = json.dumps(conversation)
        if key not in seen:
            seen.add(key)
            short.append(conversation)
        if len(short) == SHORT + SHORT_EVAL:
            break

    if not (model / "tokenizer.model").exists():
        train_tokenizer([d["text"] for d in addresses + chapters] + [m["content"] for c in short for m in c["messages"]], model)

    # Long ones: eight as long as the capacity, the others from 1,500 tokens up, most of them at the lower end.
    documents = [d for d in addresses + chapters if len(d["text"]) > 8_000]
    rng.shuffle(documents)
    longest = [d for d in documents if len(d["text"]) > 50_000][:8]
    others = [d for d in documents if not any(d is l for l in longest)]
    long = [long_chat(d, CAPACITY, model) for d in longest]
    for document in others[:LONG + LONG_EVAL - len(long)]:
        long.append(long_chat(document, int(1_500 * (CAPACITY / 1_500) ** rng.random()), model))
    held_out, long = long[-LONG_EVAL:], long[:-LONG_EVAL]
    rng.shuffle(long)

    for name, conversations in [("long", long), ("short", short[:SHORT]), ("eval", short[SHORT:] + held_out)]:
        with open(out / f"{name}.jsonl", "w", encoding="utf-8", newline="\n") as file:
            for conversation in conversations:
                file.write(json.dumps(conversation, ensure_ascii=False) + "\n")
        counts = sorted(sum(token_counts([m["content"] for m in c["messages"]], model)) for c in conversations)
        print(f"{name}: {len(counts)} conversations, {sum(counts)} tokens, median {counts[len(counts) // 2]}, longest {counts[-1]}")


main()
