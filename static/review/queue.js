import { post } from './client.js';
import { Easel, prepare } from './easel.js';
import { actionOf } from './keys.js';
import { recall, remember } from './memory.js';
import { Pace } from './pace.js';
import { parts } from './parts.js';
import { Sitting } from './sitting.js';

const HEARTBEAT = 60000; // milliseconds; a drawing is reserved for twice as long
const YEAR = 365 * 24 * 3600; // seconds

const easel = new Easel(parts.easel);
const { times, skipped } = recall();
const sitting = new Sitting({
  send: (body) => post(parts.root.dataset.url, body),
  prepare,
  pace: new Pace(times),
  skipped,
  waiting: Number(parts.root.dataset.waiting),
});

const ACTIONS = {
  label: ({ value }) => sitting.label(value),
  skip: () => sitting.skip(),
  undo: () => sitting.undo() || undoPlainly(),
  retry: () => sitting.canRetry && sitting.retry(),
  hide: () => hide(parts.hide.getAttribute('aria-pressed') !== 'true'),
  help: () => parts.help.showModal(),
};

function show() {
  easel.show(sitting.current, sitting.isLoading);
  const { waiting, count, pace } = parts.stand;
  waiting.textContent = sitting.waiting.toLocaleString('en');
  count.textContent = sitting.pace.count.toLocaleString('en');
  pace.textContent = sitting.pace.perMinute ?? '–';
  parts.trouble.retry.hidden = !sitting.canRetry;
  remember({ times: sitting.pace, skipped: sitting.skipped });
}

/** As the form does without scripts: what this page does not remember, the server does. */
function undoPlainly() {
  sitting.pace.remove();
  remember({ times: sitting.pace, skipped: sitting.skipped });
  parts.skip.value = sitting.skipped.join('.');
  parts.form.dataset.plain = '';
  parts.form.requestSubmit(parts.undo);
}

/** The server reads the cookie: a page that is loaded anew shows nothing that is to be hidden, not even for a moment. */
function hide(isHidden) {
  document.cookie = `review_hide=${isHidden ? 1 : 0}; path=${parts.root.dataset.path}; max-age=${YEAR}; SameSite=Lax`;
  parts.root.toggleAttribute('data-hides', isHidden);
  parts.hide.setAttribute('aria-pressed', String(isHidden));
}

let untold = '';

/** What was done, and what comes as soon as it is there. */
function tell() {
  if (untold === '') return;
  parts.live.textContent = sitting.isLoading ? untold : `${untold} ${nextWords()}`;
  if (!sitting.isLoading) untold = '';
}

/** What is to be judged without opinions is told without them. */
function nextWords() {
  if (!sitting.current) return 'Nothing waits for you.';
  return parts.root.hasAttribute('data-hides') ? 'Next drawing.' : `Next: ${sitting.current.said}`;
}

function complain(sentence) {
  const { root, words, login } = parts.trouble;
  words.textContent = sentence;
  root.hidden = sentence === '';
  login.hidden = true;
}

sitting.addEventListener('change', () => {
  show();
  tell();
});
sitting.addEventListener('word', ({ detail }) => {
  untold = detail;
  tell();
});
sitting.addEventListener('trouble', ({ detail }) => complain(detail));
sitting.addEventListener('logout', () => {
  parts.trouble.login.hidden = false;
});

document.addEventListener('keydown', (event) => {
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  ACTIONS[action.do](action);
});

parts.form.addEventListener('submit', (event) => {
  if ('plain' in parts.form.dataset) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  if (name === 'value') sitting.label(value);
  else ACTIONS[value]();
});

for (const name of ['hide', 'retry']) {
  (parts[name] ?? parts.trouble[name]).addEventListener('click', () => ACTIONS[name]());
}
parts.helpButton.addEventListener('click', ACTIONS.help);
parts.trouble.close.addEventListener('click', () => complain(''));

window.addEventListener('online', ACTIONS.retry);
window.addEventListener('beforeunload', (event) => {
  if (sitting.isUnsaved) event.preventDefault();
});
document.addEventListener('visibilitychange', () => document.hidden || sitting.refresh());
setInterval(() => document.hidden || sitting.refresh(), HEARTBEAT);

sitting.add(parts.cards);
