import { post } from './client.js';
import { CardView, prepare } from './card.js';
import { actionOf } from './keys.js';
import { recall, remember } from './storage.js';
import { Pace } from './pace.js';
import { parts } from './elements.js';
import { Session } from './session.js';

const HEARTBEAT = 60000; // milliseconds; a drawing is reserved for twice as long
const YEAR = 365 * 24 * 3600; // seconds

const cardView = new CardView(parts.cardView);
const { times } = recall();
const session = new Session({
  send: (body) => post(parts.root.dataset.url, body),
  prepare,
  pace: new Pace(times),
  waiting: Number(parts.root.dataset.waiting),
});

const ACTIONS = {
  label: ({ value }) => session.label(value),
  skip: () => session.skip(),
  undo: () => session.undo() || undoPlainly(),
  retry: () => session.canRetry && session.retry(),
  hide: () => hide(parts.hide.getAttribute('aria-pressed') !== 'true'),
  help: () => parts.help.showModal(),
};

function show() {
  cardView.show(session.current, session.isLoading);
  const { waiting, count, pace } = parts.stand;
  waiting.textContent = session.waiting.toLocaleString('en');
  count.textContent = session.pace.count.toLocaleString('en');
  pace.textContent = session.pace.perMinute ?? '–';
  parts.trouble.retry.hidden = !session.canRetry;
  remember({ times: session.pace });
}

/** As the form does without scripts: what this page does not remember, the server does. */
function undoPlainly() {
  session.pace.remove();
  remember({ times: session.pace });
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
  parts.live.textContent = session.isLoading ? untold : `${untold} ${nextWords()}`;
  if (!session.isLoading) untold = '';
}

/** What is to be judged without opinions is told without them. */
function nextWords() {
  if (!session.current) return 'Nothing left to label.';
  return parts.root.hasAttribute('data-hides') ? 'Next drawing.' : `Next: ${session.current.said}`;
}

function complain(sentence) {
  const { root, words, login } = parts.trouble;
  words.textContent = sentence;
  root.hidden = sentence === '';
  login.hidden = true;
}

session.addEventListener('change', () => {
  show();
  tell();
});
session.addEventListener('word', ({ detail }) => {
  untold = detail;
  tell();
});
session.addEventListener('trouble', ({ detail }) => complain(detail));
session.addEventListener('logout', () => {
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
  if (name === 'value') session.label(value);
  else ACTIONS[value]();
});

for (const name of ['hide', 'retry']) {
  (parts[name] ?? parts.trouble[name]).addEventListener('click', () => ACTIONS[name]());
}
parts.helpButton.addEventListener('click', ACTIONS.help);
parts.trouble.close.addEventListener('click', () => complain(''));

window.addEventListener('online', ACTIONS.retry);
window.addEventListener('beforeunload', (event) => {
  if (session.isUnsaved) event.preventDefault();
});
document.addEventListener('visibilitychange', () => document.hidden || session.refresh());
setInterval(() => document.hidden || session.refresh(), HEARTBEAT);

await session.add(parts.cards);
if (!session.current) session.refresh(); // the server says whether there is nothing left
parts.root.dataset.ready = ''; // keys have an effect
