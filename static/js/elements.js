const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

const kinds = findAll('thead th[data-kind]').map(({ dataset }) => dataset.kind);
const ofKind = (kind, selector) => findAll(`${selector}[data-kind="${kind}"]`);
const byKind = (make) => Object.fromEntries(kinds.map((kind) => [kind, make(kind)]));

const explain = find('#explain');

/** Every element that the modules are given; no other module looks for one. */
export const parts = {
  form: find('#drawing'),
  paper: find('#paper'),
  canvas: find('#pad'),
  found: find('#found'),
  cursor: find('#cursor'),
  hint: find('#hint'),
  penWords: find('#pen-words'),
  pens: findAll('input[name="pen"]'),
  undo: find('#undo'),
  redo: find('#redo'),
  clear: find('#clear'),
  file: find('#file'),
  recognise: find('#recognise'),
  recogniseWords: find('#recognise-words'),
  keep: find('#keep'),
  keys: find('#keys'),
  problem: find('#problem'),
  live: find('#live'),
  prompt: {
    words: find('#prompt-words'),
    start: find('#prompt-start'),
    other: find('#prompt-other'),
    stop: find('#prompt-stop'),
  },
  question: {
    root: find('#question'),
    words: find('#question-words'),
    choices: find('#claim'),
    yes: find('#yes'),
    buttons: findAll('#claim [data-claim]'),
    fallback: find('#recognise'),
  },
  album: { root: find('#album'), list: find('#kept'), template: find('#kept-template'), fallback: find('#recognise') },
  answer: {
    root: find('#answer'),
    consensus: find('#consensus'),
    verdict: find('#verdict'),
    seen: find('#seen'),
    live: find('#live'),
    columns: byKind((kind) => {
      const [head] = ofKind(kind, 'thead th');
      const [says] = ofKind(kind, '.says td');
      return {
        head,
        whole: ofKind(kind, '#opinions '),
        isOptional: head.dataset.reads === 'strokes',
        version: find('.version', head),
        says,
        prediction: find('.prediction', says),
        confidence: find('.confidence', says),
        cells: ofKind(kind, '.digit td').map((cell) => ({
          cell,
          bar: find('rect', cell),
          share: find('span', cell),
        })),
      };
    }),
  },
  maps: {
    body: find('#maps'),
    button: explain,
    caption: find('#caption'),
    columns: byKind((kind) => {
      const [cell] = ofKind(kind, '#maps td');
      return { canvas: find('canvas', cell), spoken: cell.dataset.spoken };
    }),
  },
};
