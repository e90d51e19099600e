/**
 * @typedef {{version: number, prediction: number, confidence: number, probabilities: number[]}} Opinion
 * @typedef {{version: number, error: {code: string, detail: string}}} Silence
 * @typedef {Record<string, Opinion | Silence>} Models
 * @typedef {{prediction: number | null, verdict: string, models: Models, agreement: string | null, pixels: string}} Reply
 */

const COUNTS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const LEADS = {
  unsure: 'Not sure.',
  not_a_digit: 'This does not look like a digit.',
};

const capitalise = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Per cent in whole numbers. No model is certain: none reads 100.
 * @param {number} share in [0, 1]
 * @returns {string}
 */
export function percent(share) {
  const whole = Math.round(share * 100);
  return whole === 100 ? '>99' : String(whole);
}

/**
 * The large sign: the digit, a doubted digit, or none.
 * @param {Reply} reply
 * @returns {string}
 */
export function consensusSign({ prediction, verdict }) {
  if (prediction === null || prediction === undefined || verdict === 'not_a_digit') return '?';
  return verdict === 'unsure' ? `${prediction}?` : String(prediction);
}

/**
 * @param {Reply} reply
 * @returns {string} one to three sentences
 */
export function verdictWords({ prediction, verdict, models }) {
  const lead = LEADS[verdict] ?? balanceWords(prediction, models);
  const opinions = opinionWords(models);
  const forced = verdict === 'not_a_digit' ? `forced to choose, ${opinions}` : opinions;
  return [lead, `${capitalise(forced)}.`, silenceWords(models)].filter(Boolean).join(' ');
}

/** "all three say 3", "CNN and MLP say 7, SVM says 1" */
function opinionWords(models) {
  const camps = campsOf(models);
  const voices = camps.flatMap(({ kinds }) => kinds).length;
  if (camps.length === 0) return 'no model could answer';
  if (camps.length === 1 && voices > 2) return `all ${COUNTS[voices] ?? voices} say ${camps[0].digit}`;
  if (camps.length === 1 && voices === 2) return `${list(camps[0].kinds)} both say ${camps[0].digit}`;
  const sayings = camps.map(({ digit, kinds }) => `${list(kinds)} ${kinds.length > 1 ? 'say' : 'says'} ${digit}`);
  return sayings.join(', ');
}

/** Where one that is certain outweighs two that are torn. */
function balanceWords(prediction, models) {
  const [largest] = campsOf(models);
  return largest && largest.kinds.length > 1 && largest.digit !== prediction ? `On balance ${prediction}.` : null;
}

function silenceWords(models) {
  const silent = Object.keys(models).filter((kind) => models[kind].error);
  if (silent.length === 0) return '';
  return `${list(silent)} ${silent.length > 1 ? 'are' : 'is'} not available.`;
}

/** Who says the same, the largest camp first. */
function campsOf(models) {
  const camps = new Map();
  for (const [kind, { prediction, error }] of Object.entries(models)) {
    if (!error) camps.set(prediction, [...(camps.get(prediction) ?? []), kind]);
  }
  const found = Array.from(camps, ([digit, kinds]) => ({ digit, kinds }));
  return found.sort((one, other) => other.kinds.length - one.kinds.length);
}

function list(kinds) {
  const names = kinds.map((kind) => kind.toUpperCase());
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
}
