import { Controller } from './controller.js';
import { UNREADABLE, fileOf, intake } from './files.js';
import { Paper } from './paper.js';
import { digitOf, letterOf } from './keyboard.js';
import { parts } from './elements.js';
import { KeyPen, Pad } from './pens.js';
import { PEN, SIZE, Strokes, placeWords } from './strokes.js';
import { Album, Choices, Visit, storage } from './visit.js';

const PAPER_FULL = 'The paper is full. Clear it to draw more.';
const HAS_A_MEANING_OF_ENTER = 'a, button, input, summary';

const strokes = new Strokes();
const visit = new Visit(storage('sessionStorage'));
const choices = new Choices(storage('localStorage'));
const paper = new Paper(parts.canvas, strokes);
const pad = new Pad(parts.canvas, strokes);
const keypen = new KeyPen(parts.canvas, strokes);
const album = new Album(parts.album);
const controller = new Controller({ strokes, visit, parts, refresh, clear: () => parts.clear.click() });

/** A disabled button would lose the focus: this one only says that it does nothing now. */
function enable(button, isEnabled) {
  const value = String(!isEnabled);
  if (button.getAttribute('aria-disabled') !== value) button.setAttribute('aria-disabled', value);
}

const isEnabled = (button) => button.getAttribute('aria-disabled') !== 'true';

function refresh() {
  parts.hint.hidden = !strokes.isEmpty;
  parts.form.toggleAttribute('data-busy', controller.isBusy);
  enable(parts.undo, strokes.canUndo);
  enable(parts.redo, strokes.canRedo);
  enable(parts.clear, !strokes.isEmpty);
  enable(parts.recognise, !strokes.isEmpty && (!controller.isSettled || controller.isNextDue));
  const words = controller.isNextDue ? 'Next digit' : 'Recognise';
  if (parts.recogniseWords.textContent !== words) parts.recogniseWords.textContent = words;
}

function change() {
  paper.redraw();
  controller.change();
}

/** The drawing is another one at once, not stroke by stroke. */
function replace() {
  change();
  controller.glance();
}

for (const pen of [pad, keypen]) {
  pen.addEventListener('change', change);
  pen.addEventListener('end', () => controller.glance());
  pen.addEventListener('full', () => controller.complain(PAPER_FULL));
}

/* The pen that keys move */

function showCursor() {
  parts.cursor.style.setProperty('--x', keypen.x / SIZE);
  parts.cursor.style.setProperty('--y', keypen.y / SIZE);
  parts.cursor.classList.toggle('down', keypen.isDown);
}

let wasDown = false;
keypen.addEventListener('move', () => {
  parts.cursor.hidden = document.activeElement !== parts.canvas;
  showCursor();
  if (keypen.isDown === wasDown) return;
  wasDown = keypen.isDown;
  parts.penWords.textContent = `Pen ${wasDown ? 'down' : 'up'}, ${placeWords(keypen.x / SIZE, keypen.y / SIZE)}`;
});
parts.canvas.addEventListener('focus', () => {
  parts.cursor.hidden = !parts.canvas.matches(':focus-visible');
  showCursor();
});
parts.canvas.addEventListener('pointerdown', () => {
  parts.cursor.hidden = true;
  document.activeElement?.blur(); // or Enter would press the button that was clicked last
});

/* Buttons */

const ACTIONS = {
  undo: () => strokes.undo(),
  redo: () => strokes.redo(),
  clear: () => strokes.clear(),
};

for (const [name, act] of Object.entries(ACTIONS)) {
  parts[name].addEventListener('click', ({ detail }) => {
    if (detail > 0) parts[name].blur(); // by a pointer: Enter recognises next, as after a stroke
    if (!isEnabled(parts[name])) return;
    act();
    replace();
  });
}

for (const input of parts.pens) {
  input.addEventListener('change', () => choosePen(Number(input.value)));
}

function choosePen(width) {
  strokes.pen = width;
  choices.set('pen', String(width));
  if (strokes.lines.length > 0) replace();
}

parts.maps.button.addEventListener('click', () => controller.explain());

parts.form.addEventListener('submit', (event) => {
  event.preventDefault();
  controller.decide();
});

/* Pictures from elsewhere */

async function lay(file) {
  if (!file) return;
  const picture = await intake(file);
  if (!picture) {
    controller.complain(UNREADABLE);
    return;
  }
  strokes.place(picture);
  replace();
}

const hasFiles = (event) => event.dataTransfer?.types.includes('Files');

parts.file.addEventListener('change', async () => {
  await lay(fileOf(parts.file));
  parts.file.value = '';
});
document.addEventListener('paste', (event) => lay(fileOf(event.clipboardData)));
document.addEventListener('dragover', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  parts.paper.classList.add('dropping');
});
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) parts.paper.classList.remove('dropping');
});
document.addEventListener('drop', (event) => {
  parts.paper.classList.remove('dropping');
  if (!hasFiles(event)) return;
  event.preventDefault();
  lay(fileOf(event.dataTransfer));
});

/* Keys */

document.addEventListener('keydown', (event) => {
  if (event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    const name = { z: event.shiftKey ? 'redo' : 'undo', y: 'redo' }[letterOf(event)];
    if (name === undefined) return;
    event.preventDefault();
    parts[name].click();
  } else if (!event.repeat) {
    if (event.key === 'Enter' && !event.target.closest?.(HAS_A_MEANING_OF_ENTER)) controller.decide();
    if (event.key === 'Escape') parts.clear.click();
    const key = digitOf(event) ?? letterOf(event);
    if (parts.keys.checked && key && controller.press(key)) event.preventDefault(); // or Firefox may search for the digit
  }
});

/* What is remembered */

for (const name of ['keep', 'keys']) {
  const box = parts[name];
  box.checked = choices.get(name, 'on') === 'on';
  box.addEventListener('change', () => choices.set(name, box.checked ? 'on' : 'off'));
}
parts.keep.addEventListener('change', () => controller.rekeep());

const chosenPen = parts.pens.find(({ value }) => value === choices.get('pen', String(PEN))) ?? parts.pens[1];
chosenPen.checked = true;
strokes.pen = Number(chosenPen.value);

album.addEventListener('delete', ({ detail }) => controller.forget(detail));
visit.addEventListener('change', () => album.show(visit.kept));
album.show(visit.kept);
window.addEventListener('online', () => controller.retry());

controller.rekeep();
parts.form.dataset.ready = '';
