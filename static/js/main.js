import { Answer } from './answer.js';
import { predict } from './client.js';
import { Pad } from './pad.js';
import { Paper } from './paper.js';
import { picture } from './picture.js';
import { Strokes } from './strokes.js';

const PAPER_FULL = 'The paper is full. Clear it to draw more.';

const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

const form = find('#drawing');
const canvas = find('#pad');
const hint = find('#hint');
const clearButton = find('#clear');
const recogniseButton = find('#recognise');
const problem = find('#problem');
const result = find('#result');

const strokes = new Strokes();
const paper = new Paper(canvas, strokes);
const pad = new Pad(canvas, strokes);
const answer = new Answer({
  root: find('#answer'),
  consensus: find('#consensus'),
  verdict: find('#verdict'),
  seen: find('#seen'),
  live: find('#live'),
  columns: Object.fromEntries(findAll('[data-kind]').map((block) => [block.dataset.kind, columnOf(block)])),
});

/** The request whose answer we wait for, and whether it is about the drawing as it is now. */
const waiting = { controller: null, current: false };

function columnOf(block) {
  return {
    block,
    version: find('.version', block),
    prediction: find('.prediction', block),
    confidence: find('.confidence', block),
    bars: findAll('.bar', block).map((row) => ({ row, share: find('dd', row) })),
  };
}

function showProblem(sentence) {
  problem.textContent = sentence;
  problem.hidden = sentence === '';
}

function refresh() {
  const isBusy = waiting.controller !== null;
  hint.hidden = !strokes.isEmpty;
  form.toggleAttribute('data-busy', isBusy);
  clearButton.disabled = strokes.isEmpty;
  recogniseButton.disabled = strokes.isEmpty || (isBusy && waiting.current);
}

function stopWaiting() {
  waiting.controller?.abort();
  waiting.controller = null;
}

function clear() {
  stopWaiting();
  strokes.clear();
  paper.redraw();
  answer.reset();
  showProblem('');
  refresh();
}

async function recognise() {
  stopWaiting();
  const hadFocus = document.activeElement === recogniseButton;
  const controller = new AbortController();
  Object.assign(waiting, { controller, current: true });
  showProblem('');
  refresh();
  const kept = JSON.stringify(strokes);
  const image = await picture(strokes.lines);
  const outcome = await predict(form.dataset.predictUrl, { image, strokes: kept }, { signal: controller.signal });
  if (waiting.controller !== controller) return;
  waiting.controller = null;
  showOutcome(outcome);
  refresh();
  // Disabling the button took the focus away from it.
  if (hadFocus && document.activeElement === document.body) recogniseButton.focus({ preventScroll: true });
}

function showOutcome(outcome) {
  if (outcome.ok) {
    answer.show(outcome.answer);
    result.scrollIntoView({ block: 'nearest' });
  } else {
    showProblem(outcome.problem);
  }
  if (!outcome.ok || !waiting.current) answer.age();
}

pad.addEventListener('change', () => {
  waiting.current = false;
  paper.redraw();
  answer.age();
  showProblem('');
  refresh();
});
pad.addEventListener('full', () => showProblem(PAPER_FULL));

form.addEventListener('submit', (event) => {
  event.preventDefault();
  recognise();
});
clearButton.addEventListener('click', clear);

document.addEventListener('keydown', (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  // On a link or a button Enter has its own meaning already. A disabled button ignores click().
  if (event.key === 'Enter' && !event.target.closest('a, button')) recogniseButton.click();
  if (event.key === 'Escape') clearButton.click();
});

refresh();
