import { neighbour } from './arrows.js';

const find = (selector) => document.querySelector(selector);
const boxes = [...document.querySelectorAll('#tiles input')];
const form = find('#grid');

const KEYS = { a: true, n: false };

function columns() {
  const top = boxes[0].getBoundingClientRect().top;
  return boxes.filter((box) => box.getBoundingClientRect().top === top).length;
}

function tell() {
  const count = boxes.filter(({ checked }) => checked).length;
  find('#rest').textContent = String(count);
  find('#label-rest').disabled = count === 0;
  find('#taken').textContent = count < boxes.length ? `${boxes.length - count} taken out` : '';
}

function setAll(isIn) {
  for (const box of boxes) box.checked = isIn;
  tell();
}

function walk(event) {
  const step = neighbour(event.key, boxes.indexOf(event.target), boxes.length, columns());
  if (step === null) return;
  event.preventDefault();
  boxes[step].focus();
}

function press(event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  setAll(KEYS[key]);
}

if (form) {
  form.addEventListener('change', tell);
  find('#tiles').addEventListener('keydown', walk);
  document.addEventListener('keydown', press);
  find('#all').addEventListener('click', () => setAll(true));
  find('#none').addEventListener('click', () => setAll(false));
  tell();
}
