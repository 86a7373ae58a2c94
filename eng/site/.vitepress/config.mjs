// The site of docs/. `eng/docs.sh` copies this to artifacts/docs-site, puts the pages beside it and builds artifacts/docs.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const api = JSON.parse(readFileSync(new URL('../pages/api/menu.json', import.meta.url), 'utf8'));

const guide = [
  {
    text: 'Start',
    items: [
      { text: 'Five minutes', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Choosing a batching', link: '/batching' },
    ],
  },
  {
    text: 'How to',
    items: [
      { text: 'Extend the trainer', link: '/how-to/extend' },
      { text: 'Your own training loop', link: '/how-to/own-training-loop' },
      { text: 'A model of your own', link: '/how-to/own-model' },
      { text: '64k tokens on one GPU', link: '/how-to/64k-on-one-gpu' },
      { text: 'LoRA', link: '/how-to/lora' },
      { text: 'Several ranks', link: '/how-to/several-ranks' },
      { text: 'Make training data', link: '/how-to/data-generation' },
      { text: 'Evaluate a model', link: '/how-to/evaluation' },
      { text: 'Leak no tensors', link: '/how-to/no-leaks' },
      { text: 'To GGUF and LLamaSharp', link: '/how-to/gguf' },
      { text: 'Coming from other trainers', link: '/how-to/moving' },
    ],
  },
  {
    text: 'In depth',
    items: [
      { text: 'The packages and their parts', link: '/parts' },
      { text: 'The command line', link: '/cli' },
      { text: 'Defaults', link: '/defaults' },
      { text: 'Data', link: '/data' },
      { text: 'Models', link: '/models' },
      { text: 'Adapters', link: '/adapters' },
      { text: 'Watching a run', link: '/observability' },
      { text: 'Several processes', link: '/distributed' },
      { text: 'On a GPU', link: '/gpu' },
      { text: 'Evaluation', link: '/evaluation' },
      { text: 'Export', link: '/export' },
      { text: 'Who owns a tensor', link: '/ownership' },
    ],
  },
  {
    text: 'Evidence',
    items: [
      { text: 'What it promises', link: '/promises' },
      { text: 'Performance', link: '/performance' },
      { text: 'Reliability', link: '/reliability' },
      { text: 'Design decisions', link: '/decisions/' },
    ],
  },
];

export default defineConfig({
  title: 'LongAlign for .NET',
  description: 'Fine-tune language models on long documents in C#, on TorchSharp',
  srcDir: 'pages',
  outDir: '../docs',
  metaChunk: true,
  // Places are named as on GitHub, so that a link works in both.
  markdown: {
    anchor: {
      slugify: (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-'),
    },
  },
  vite: { build: { chunkSizeWarningLimit: 4_000 } }, // kB; the search index is one piece
  themeConfig: {
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Decisions', link: '/decisions/' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: { '/api/': api, '/': guide },
    outline: { level: [2, 3] },
    // Guides before members of the API that have the same words.
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            boostDocument: (id) => (id.startsWith('/api/') ? 0.1 : id.startsWith('/repository/') ? 0.4 : id.startsWith('/decisions/') ? 0.6 : id.startsWith('/how-to/') ? 1.5 : 1),
          },
        },
      },
    },
  },
});
